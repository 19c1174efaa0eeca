import { parsedJson } from '../core/json.js';
import type { CacheResult } from '../core/store-metrics.js';
import type { RedisClient } from '../redis/redis-client.js';
import { channelOf, type SingleKey } from '../redis/redis-keys.js';
import type { RedisSubscription } from '../redis/redis-subscription.js';
import type { SharedShop } from './shop-store.js';
import { readStoredShop, type StoredShop } from './stored-shop.js';

const KEY: SingleKey = 'shop';

interface RedisSharedShopOptions {
  readonly client: RedisClient;
  /** Its own: it opens with {@link RedisSharedShop.watch}. */
  readonly subscription: RedisSubscription;
  /** The database number: Redis does not keep the channels of two numbers apart. */
  readonly database: number;
  /** Told of each look at the key. */
  readonly onRead?: (result: CacheResult) => void;
}

/**
 * The shop under the key `shop`, as plain JSON, and changes of it on a channel. Every gateway keeps there what it has read from the
 * database or heard last, so that the key ends as what all of them have, in whichever order they write; a Redis that comes back empty is filled again.
 */
export class RedisSharedShop implements SharedShop {
  readonly #client: RedisClient;
  readonly #subscription: RedisSubscription;
  readonly #channel: string;
  readonly #endReadiness: () => void;
  readonly #onRead: (result: CacheResult) => void;
  #kept: StoredShop | null = null;
  #listener: (shop: StoredShop) => void = () => undefined;

  constructor({ client, subscription, database, onRead = () => undefined }: RedisSharedShopOptions) {
    this.#onRead = onRead;
    this.#client = client;
    this.#subscription = subscription;
    this.#channel = channelOf('shop', database, 'changes');
    this.#endReadiness = client.onReady(() => void this.#restore());
    const onListening = () => void this.#catchUp();
    subscription.join({ onMessage: (_channel, text) => this.#hear(text), onListening });
  }

  async read(): Promise<StoredShop | null> {
    const text = await this.#client.run('readShop', (redis) => redis.get(KEY), null);
    const shop = text === null ? null : shopIn(text);
    this.#onRead(shop === null ? 'miss' : 'hit');
    if (shop && this.#isYounger(shop)) this.#kept = shop;
    return shop;
  }

  async keep(shop: StoredShop, isNews: boolean): Promise<void> {
    this.#kept = shop;
    const text = JSON.stringify(shop);
    await this.#client.run('keepShop', (redis) => redis.set(KEY, text), null);
    if (isNews) await this.#client.run('publish', (redis) => redis.publish(this.#channel, text), null);
  }

  watch(listener: (shop: StoredShop) => void): void {
    this.#listener = listener;
    this.#subscription.listen(this.#channel);
  }

  close(): void {
    this.#endReadiness();
    this.#subscription.close();
  }

  /** Redis is there (again), and may have lost everything. */
  async #restore(): Promise<void> {
    // Told as well: another gateway may have looked for it a moment before.
    if (this.#kept) await this.keep(this.#kept, true);
    else await this.#catchUp();
  }

  /** What was published before was missed. */
  async #catchUp(): Promise<void> {
    const shop = await this.read();
    if (shop) this.#listener(shop);
  }

  #hear(text: string): void {
    const shop = shopIn(text);
    if (!shop) return;
    // An older one, written here, may have reached Redis behind it.
    if (this.#isYounger(shop)) void this.keep(shop, false);
    this.#listener(shop);
  }

  #isYounger({ revision }: StoredShop): boolean {
    return this.#kept === null || revision > this.#kept.revision;
  }
}

function shopIn(text: string): StoredShop | null {
  return readStoredShop(parsedJson(text))?.stored ?? null;
}

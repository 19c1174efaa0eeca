import { BoundedMap } from '../core/bounded-map.js';
import { withDeadline } from '../core/errors.js';
import type { CurrentShop, Shop } from './shop.js';

/** New calls wait no longer for a changed shop's first prompts: they begin with it, and with what is at hand of them. */
const GREETING_MS = 1000;

interface CallShopsOptions {
  readonly shop: CurrentShop;
  /** Makes what callers of this shop hear first; never rejects. */
  readonly prepare: (shop: Shop) => Promise<void>;
}

/**
 * The shop that each call goes by: the one in force when this gateway first heard of it. New calls begin with a changed shop when
 * it can be greeted for, a second after the change at the latest.
 */
export class CallShops {
  readonly #calls = new BoundedMap<string, Shop>();
  readonly #prepare: (shop: Shop) => Promise<void>;
  readonly #listeners = new Set<(shop: Shop) => void>();
  #current: Shop;
  #changes = 0;
  #adopted = 0;

  constructor({ shop, prepare }: CallShopsOptions) {
    this.#prepare = prepare;
    this.#current = shop.now;
    shop.watch((next) => void this.#follow(next));
  }

  /** That of a call that begins now. */
  get current(): Shop {
    return this.#current;
  }

  of(callSid: string): Shop {
    const known = this.#calls.get(callSid);
    if (known) return known;
    this.#calls.set(callSid, this.#current);
    return this.#current;
  }

  /** Calls `listener` when new calls begin with another shop. */
  watch(listener: (shop: Shop) => void): void {
    this.#listeners.add(listener);
  }

  async #follow(next: Shop): Promise<void> {
    this.#changes += 1;
    const change = this.#changes;
    await withDeadline(this.#prepare(next), GREETING_MS, 'Preparing the greeting').catch(() => undefined);
    // One that came later may have been ready sooner.
    if (change < this.#adopted) return;
    this.#adopted = change;
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
  }
}

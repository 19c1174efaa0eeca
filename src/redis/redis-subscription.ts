import { withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { createConnection, type RedisConnection } from './redis-connection.js';
import { faultKind, RedisFaults } from './redis-faults.js';

interface RedisSubscriptionOptions {
  /** See `REDIS_URL_FORMS`. */
  readonly url: string;
  readonly logger: Logger;
  readonly commandTimeoutMs: number;
  /** What `CLIENT LIST` shows; `bayline-live` when absent. */
  readonly connectionName?: string;
}

interface SubscriptionListener {
  onMessage(channel: string, text: string): void;
  /** Everything that is wanted is listened to (again): what was published before was missed. */
  onListening(): void;
}

/**
 * The messages that others publish, on a connection of its own that opens with the first channel and is opened anew for ever. It
 * never rejects; that Redis is not there is told by the client of the commands.
 */
export class RedisSubscription {
  readonly #connection: RedisConnection;
  readonly #faults: RedisFaults;
  readonly #channels = new Set<string>();
  readonly #commandTimeoutMs: number;
  #listener: SubscriptionListener | undefined;

  constructor(options: RedisSubscriptionOptions) {
    const { url, logger, commandTimeoutMs, connectionName = 'bayline-live' } = options;
    this.#faults = new RedisFaults(logger);
    this.#commandTimeoutMs = commandTimeoutMs;
    const settings = { commandTimeoutMs, connectionName, isSubscription: true, onReadOnly: () => undefined };
    this.#connection = createConnection(url, settings);
    this.#connection.on('error', () => undefined);
    this.#connection.on('ready', () => void this.#listenTo([...this.#channels]));
    this.#connection.on('message', (channel, text) => this.#listener?.onMessage(channel, text));
  }

  /** Called once, before anything else. */
  join(listener: SubscriptionListener): void {
    this.#listener = listener;
  }

  listen(...channels: readonly string[]): void {
    for (const channel of channels) this.#channels.add(channel);
    const { status } = this.#connection;
    if (status === 'wait') this.#connection.connect().catch(() => undefined);
    else if (status === 'ready') void this.#listenTo(channels);
  }

  leave(channel: string): void {
    const isListening = this.#channels.delete(channel) && this.#connection.status === 'ready';
    if (isListening) this.#connection.unsubscribe(channel).catch(() => undefined);
  }

  /** Redis was away: what was published meanwhile may be missed, and the connection may be dead without knowing. */
  async verify(): Promise<void> {
    if (this.#connection.status !== 'ready' || this.#channels.size === 0) return;
    try {
      // To subscribe again changes nothing. PING would need a right of its own, and in a Cluster go to any node.
      const again = this.#connection.subscribe(...this.#channels);
      await withDeadline(again, this.#commandTimeoutMs, 'The subscription');
      this.#listener?.onListening();
    } catch {
      this.#connection.disconnect(true);
    }
  }

  close(): void {
    this.#channels.clear();
    this.#connection.disconnect();
  }

  async #listenTo(channels: readonly string[]): Promise<void> {
    if (channels.length === 0) return;
    try {
      await withDeadline(this.#connection.subscribe(...channels), this.#commandTimeoutMs, 'SUBSCRIBE');
      this.#listener?.onListening();
    } catch (error) {
      if (faultKind(error) !== 'connection') this.#faults.report('subscribe', error);
    }
  }
}

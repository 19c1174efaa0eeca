export interface TickerClient {
  /** `now`: milliseconds on the monotonic clock. */
  tick(now: number): void;
}

/**
 * One timer for all calls: a timer per call or per frame is what makes many calls choppy.
 * It runs only while somebody listens; clients may leave during a tick. A client that fails at every tick goes on having them, and its first fault is
 * reported: fifty lines a second of log would be the second fault.
 */
export class Ticker {
  readonly #clients = new Set<TickerClient>();
  readonly #faulty = new WeakSet<TickerClient>();
  readonly #intervalMs: number;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number, onFault: (error: unknown) => void) {
    this.#intervalMs = intervalMs;
    this.#onFault = onFault;
  }

  add(client: TickerClient): void {
    this.#clients.add(client);
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs);
  }

  remove(client: TickerClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // A fault of one call must not cost the others their tick.
  #tick(): void {
    const now = performance.now();
    for (const client of this.#clients) {
      try {
        client.tick(now);
      } catch (error) {
        if (!this.#faulty.has(client)) this.#onFault(error);
        this.#faulty.add(client);
      }
    }
  }
}

/** Calls its clients some fifty times a second. */
export type PlaybackTicker = Pick<Ticker, 'add' | 'remove'>;

import type { Logger } from '../core/logger.js';

const RETRY_MS = 500;
const MOST_OWED = 10_000;

/** Gives whether Redis answered. */
export type Attempt = () => Promise<boolean>;

/**
 * Sessions that were to be deleted while Redis did not answer. They are deleted as soon as it does, so that no ended
 * call stands in Redis for the rest of its time to live.
 */
export class PendingDeletes {
  readonly #logger: Logger;
  readonly #owed = new Map<string, Attempt>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#owed.size;
  }

  /** `pay` does what is owed to this call, and is asked until it says that Redis answered. */
  add(callSid: string, pay: Attempt): void {
    if (this.#closed) return;
    if (this.#owed.size >= MOST_OWED) {
      this.#logger.warn(
        { callSid, owed: this.#owed.size },
        'Too many deletes are owed to Redis: this one is left to expire',
      );
      return;
    }
    this.#owed.set(callSid, pay);
    this.#schedule();
  }

  /** The call has a session again: what stands there is wanted. */
  cancel(callSid: string): void {
    this.#owed.delete(callSid);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#owed.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#owed.size === 0 || this.#closed) return;
    this.#timer = setTimeout(() => void this.#retry(), RETRY_MS).unref();
  }

  /** One probes whether Redis answers; the others follow it. */
  async #retry(): Promise<void> {
    const [probe, ...others] = this.#owed.keys();
    if (probe !== undefined && (await this.#settle(probe)))
      await Promise.all(others.map((sid) => this.#settle(sid)));
    this.#timer = undefined;
    this.#schedule();
  }

  async #settle(callSid: string): Promise<boolean> {
    const pay = this.#owed.get(callSid);
    if (pay === undefined) return true;
    const answered = await pay();
    if (answered && this.#owed.get(callSid) === pay) this.#owed.delete(callSid);
    return answered;
  }
}

import type { Logger } from '../logger.js';

const RETRY_MS = 500;
const MOST_OWED = 10_000;

/**
 * Sessions that were to be deleted while Redis did not answer. They are deleted as soon as it does, so that no ended
 * call stands in Redis for the rest of its time to live.
 */
export class OwedDeletes {
  readonly #remove: (callSid: string) => Promise<boolean>;
  readonly #logger: Logger;
  readonly #owed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `remove` gives whether Redis answered. */
  constructor(remove: (callSid: string) => Promise<boolean>, logger: Logger) {
    this.#remove = remove;
    this.#logger = logger;
  }

  get size(): number {
    return this.#owed.size;
  }

  add(callSid: string): void {
    if (this.#closed) return;
    if (this.#owed.size >= MOST_OWED) {
      this.#logger.warn(
        { callSid, owed: this.#owed.size },
        'Too many deletes are owed to Redis: this one is left to expire',
      );
      return;
    }
    this.#owed.add(callSid);
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
    const [probe, ...others] = this.#owed;
    if (probe !== undefined && (await this.#settle(probe)))
      await Promise.all(others.map((sid) => this.#settle(sid)));
    this.#timer = undefined;
    this.#schedule();
  }

  async #settle(callSid: string): Promise<boolean> {
    if (!this.#owed.has(callSid)) return true;
    const answered = await this.#remove(callSid);
    if (answered) this.#owed.delete(callSid);
    return answered;
  }
}

import type { Logger } from '../core/logger.js';

const RETRY_MS = 500;
const MOST_PENDING = 10_000;

/** Gives whether Redis answered. */
type Attempt = () => Promise<boolean>;

/**
 * Sessions that were to be deleted while Redis did not answer. They are deleted as soon as it does, so that no ended
 * call stands in Redis for the rest of its time to live.
 */
export class PendingDeletes {
  readonly #logger: Logger;
  readonly #pending = new Map<string, Attempt>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** `attempt` does the delete of this call; it is repeated until it says that Redis answered. */
  add(callSid: string, attempt: Attempt): void {
    if (this.#closed) return;
    if (this.#pending.size >= MOST_PENDING) {
      this.#logger.warn(
        { call_sid: callSid, pending: this.#pending.size },
        'Too many deletes wait for Redis: this one is left to expire',
      );
      return;
    }
    this.#pending.set(callSid, attempt);
    this.#schedule();
  }

  /** The call has a session again: what stands there is wanted. */
  cancel(callSid: string): void {
    this.#pending.delete(callSid);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#pending.size === 0 || this.#closed) return;
    this.#timer = setTimeout(() => void this.#retry(), RETRY_MS).unref();
  }

  /** One probes whether Redis answers; the others follow it. */
  async #retry(): Promise<void> {
    const [probe, ...others] = this.#pending.keys();
    if (probe !== undefined && (await this.#settle(probe)))
      await Promise.all(others.map((sid) => this.#settle(sid)));
    this.#timer = undefined;
    this.#schedule();
  }

  async #settle(callSid: string): Promise<boolean> {
    const attempt = this.#pending.get(callSid);
    if (attempt === undefined) return true;
    const answered = await attempt();
    if (answered && this.#pending.get(callSid) === attempt) this.#pending.delete(callSid);
    return answered;
  }
}

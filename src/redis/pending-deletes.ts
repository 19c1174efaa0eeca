import type { Logger } from '../core/logger.js';

const RETRY_MS = 500;
const MOST_PENDING = 10_000;
/** To send more of them in one turn would hold up every call. */
const AT_ONCE = 100;

/** Gives whether Redis answered. */
type Attempt = () => Promise<boolean>;

/**
 * What was to be deleted while Redis did not answer. It is deleted as soon as Redis does: an ended call or an outdated customer would else
 * stay there until it expires.
 */
export class PendingDeletes {
  readonly #logger: Logger;
  readonly #pending = new Map<string, Attempt>();
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** `attempt` deletes what goes by this name; it is repeated until it says that Redis answered. */
  add(name: string, attempt: Attempt): void {
    if (this.#closed) return;
    if (this.#pending.size >= MOST_PENDING && !this.#pending.has(name)) return this.#refuse();
    this.#pending.set(name, attempt);
    this.#schedule();
  }

  /** It was written again: what stands there is wanted. */
  cancel(name: string): void {
    this.#pending.delete(name);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  // A name may be a phone number: it is not logged.
  #refuse(): void {
    if (!this.#isFull)
      this.#logger.warn(
        { pending: this.#pending.size },
        'Too many deletes wait for Redis: further ones are left to expire',
      );
    this.#isFull = true;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#pending.size === 0 || this.#closed) return;
    this.#timer = setTimeout(() => void this.#retry(), RETRY_MS).unref();
  }

  /** One probes whether Redis answers; the others follow it. */
  async #retry(): Promise<void> {
    const [probe, ...others] = this.#pending.keys();
    if (probe !== undefined && (await this.#settle(probe)))
      for (let from = 0; from < others.length; from += AT_ONCE)
        await Promise.all(others.slice(from, from + AT_ONCE).map((name) => this.#settle(name)));
    this.#timer = undefined;
    if (this.#pending.size === 0) this.#isFull = false;
    this.#schedule();
  }

  async #settle(name: string): Promise<boolean> {
    const attempt = this.#pending.get(name);
    if (attempt === undefined) return true;
    const answered = await attempt();
    if (answered && this.#pending.get(name) === attempt) this.#pending.delete(name);
    return answered;
  }
}

import { GatewayError } from '../core/errors.js';

interface Waiting {
  readonly due: number;
  readonly what: string;
  readonly reject: (error: GatewayError) => void;
}

/** A check that comes this late follows a blocked event loop; what waits then gets this much more time. */
const AFTER_BLOCK_MS = 50;

/**
 * One deadline for many pieces of work that all get the same time: a single timer serves them all, because the
 * first to begin is the first to be due.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Settles like `work`, or rejects with a `DEADLINE` error when its time is over; the work itself goes on. */
  bound<T>(work: Promise<T>, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { due: performance.now() + this.#ms, what, reject };
      this.#waiting.add(waiting);
      this.#timer ??= setTimeout(() => this.#check(), this.#ms);
      work.then(
        (value) => {
          this.#waiting.delete(waiting);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(waiting);
          reject(error);
        },
      );
    });
  }

  /** Rejects what still waits and stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rejectUntil(Number.POSITIVE_INFINITY);
  }

  /**
   * Timers run before sockets are read, so the answer may be here already. After a blocked event loop, a command may also
   * have been sent just now: it has had no time for an answer yet.
   */
  #check(): void {
    const now = performance.now();
    const settle = () => {
      this.#rejectUntil(now);
      this.#rearm();
    };
    const [oldest] = this.#waiting;
    if (oldest && now - oldest.due > AFTER_BLOCK_MS) this.#timer = setTimeout(settle, AFTER_BLOCK_MS);
    else setImmediate(settle);
  }

  #rejectUntil(now: number): void {
    for (const waiting of this.#waiting) {
      if (waiting.due > now) return;
      this.#waiting.delete(waiting);
      waiting.reject(new GatewayError('DEADLINE', `${waiting.what} took longer than ${this.#ms} ms`));
    }
  }

  #rearm(): void {
    const [oldest] = this.#waiting;
    const wait = oldest === undefined ? undefined : Math.max(1, Math.ceil(oldest.due - performance.now()));
    this.#timer = wait === undefined ? undefined : setTimeout(() => this.#check(), wait);
  }
}

import { SimulatorError } from './error.js';

interface Wait {
  check(): void;
  fail(reason: string): void;
}

/** Promises for conditions that something else makes true and announces with {@link Waits.check}. */
export class Waits {
  readonly #pending = new Set<Wait>();
  #over: string | null = null;

  /**
   * Settles with the first value of `probe` that is not `undefined`. Rejects with a `DEADLINE` error that names `what`
   * after `withinMs` (Infinity: never), or with `UNAVAILABLE` when {@link Waits.close} comes first.
   */
  until<T>(what: string, probe: () => T | undefined, withinMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#pending.delete(wait);
        act();
      };
      const wait: Wait = {
        check: () => {
          const value = probe();
          if (value !== undefined) settle(() => resolve(value));
        },
        fail: (reason) => settle(() => reject(new SimulatorError('UNAVAILABLE', `${what}: ${reason}`))),
      };
      const late = () =>
        settle(() => reject(new SimulatorError('DEADLINE', `${what}: not within ${withinMs} ms`)));
      if (withinMs !== Number.POSITIVE_INFINITY) timer = setTimeout(late, withinMs);
      this.#pending.add(wait);
      wait.check();
      if (this.#over !== null && this.#pending.has(wait)) wait.fail(this.#over);
    });
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Something has changed: looks at every condition. */
  check(): void {
    for (const wait of this.#pending) wait.check();
  }

  /** Nothing will change any more: what is still not true now or later fails with `reason`. */
  close(reason: string): void {
    this.check();
    this.#over = reason;
    for (const wait of this.#pending) wait.fail(reason);
  }
}

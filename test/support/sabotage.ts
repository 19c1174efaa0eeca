/**
 * Stands before what an agent is handed and lets one of its calls fail, the test says which: it throws or, where it gives a promise, that
 * rejects a little later.
 */
export class Sabotage {
  /** How many calls there were so far. */
  count = 0;
  /** What has failed; null: nothing yet. */
  hit: string | null = null;
  readonly #nth: number;
  readonly #how: 'throws' | 'rejects';

  /** `nth`: the call that fails, counted from 1; 0: none. */
  constructor(nth: number, how: 'throws' | 'rejects') {
    this.#nth = nth;
    this.#how = how;
  }

  /** The same, with its methods watched but for those that are spared. */
  before<T extends object>(name: string, target: T, spared: readonly string[] = []): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        const method = `${name}.${String(property)}`;
        const isSpared = spared.includes(String(property));
        return (...args: unknown[]) => {
          const act = () => Reflect.apply(value, target, args);
          return isSpared ? act() : this.#watched(method, act);
        };
      },
    });
  }

  #watched(method: string, act: () => unknown): unknown {
    this.count += 1;
    if (this.count !== this.#nth) return act();
    this.hit = method;
    const fault = new TypeError(`a fault in ${method}`);
    const done = this.#how === 'rejects' ? act() : null;
    if (!(done instanceof Promise)) throw fault;
    return done.then(
      () => Promise.reject(fault),
      () => Promise.reject(fault),
    );
  }
}

interface Past {
  /** When the last lines were let through, the oldest first (monotonic ms). */
  readonly times: number[];
  suppressed: number;
}

/** So many lines a second tell what is going on; what a stranger can cause must not fill the log. */
export const REFUSALS = { most: 10, spanMs: 1000 } as const;

/** Lets so many lines of each reason through in any span of time. Reasons are the program's own and few: none is forgotten. */
export class LogSampler {
  readonly #most: number;
  readonly #spanMs: number;
  readonly #past = new Map<string, Past>();

  constructor({ most, spanMs }: { readonly most: number; readonly spanMs: number }) {
    this.#most = most;
    this.#spanMs = spanMs;
  }

  /** How many lines of this reason were held back since the last one that was let through; null when this one is to be held back too. */
  admit(reason: string): number | null {
    const now = performance.now();
    const past = this.#past.get(reason) ?? { times: [], suppressed: 0 };
    this.#past.set(reason, past);
    const [oldest] = past.times;
    if (past.times.length >= this.#most && oldest !== undefined && now - oldest < this.#spanMs) {
      past.suppressed += 1;
      return null;
    }
    past.times.splice(0, past.times.length - this.#most + 1);
    past.times.push(now);
    const { suppressed } = past;
    past.suppressed = 0;
    return suppressed;
  }
}

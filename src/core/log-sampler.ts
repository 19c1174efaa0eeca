interface Past {
  /** When the last lines were let through, the oldest first (monotonic ms). */
  readonly times: number[];
  suppressed: number;
}

/** So many lines a second tell what is going on; what a stranger can cause must not fill the log. */
export const REFUSALS = { most: 10, spanMs: 1000 } as const;

interface Sampling {
  readonly most: number;
  readonly spanMs: number;
}

/**
 * Lets so many lines of each reason through in any span of time. Told the reason of a line, it gives how many were held back since the last one
 * that was let through; null: this one is to be held back too. Reasons are the program's own and few: none is forgotten.
 */
export function logSampler({ most, spanMs }: Sampling): (reason: string) => number | null {
  const pasts = new Map<string, Past>();
  return (reason) => {
    const now = performance.now();
    const past = pasts.get(reason) ?? { times: [], suppressed: 0 };
    pasts.set(reason, past);
    const [oldest] = past.times;
    if (past.times.length >= most && oldest !== undefined && now - oldest < spanMs) {
      past.suppressed += 1;
      return null;
    }
    past.times.splice(0, past.times.length - most + 1);
    past.times.push(now);
    const { suppressed } = past;
    past.suppressed = 0;
    return suppressed;
  };
}

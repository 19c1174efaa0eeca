interface Span {
  readonly beganAt: number;
  logged: number;
  heldBack: number;
}

/** So many lines a second tell what is going on; what a stranger can cause must not fill the log. */
export const REFUSALS = { most: 10, spanMs: 1000 } as const;

/** Lets so many lines of each reason through in a span of time. Reasons are the program's own and few: none is forgotten. */
export class LogSampler {
  readonly #most: number;
  readonly #spanMs: number;
  readonly #spans = new Map<string, Span>();

  constructor({ most, spanMs }: { readonly most: number; readonly spanMs: number }) {
    this.#most = most;
    this.#spanMs = spanMs;
  }

  /** How many lines of this reason were held back since the last one that was let through; null when this one is to be held back too. */
  admit(reason: string): number | null {
    const now = performance.now();
    const before = this.#spans.get(reason);
    const isOver = before === undefined || now - before.beganAt >= this.#spanMs;
    const span = isOver ? { beganAt: now, logged: 0, heldBack: before?.heldBack ?? 0 } : before;
    this.#spans.set(reason, span);
    if (span.logged >= this.#most) {
      span.heldBack += 1;
      return null;
    }
    const { heldBack } = span;
    span.logged += 1;
    span.heldBack = 0;
    return heldBack;
  }

  /** How many lines of this reason are held back just now. */
  heldBack(reason: string): number {
    return this.#spans.get(reason)?.heldBack ?? 0;
  }

  /** What comes next is let through again. */
  clear(): void {
    this.#spans.clear();
  }
}

/** When the echoed frames of one call came back, in one span of time. */
export class FrameTimes {
  #lastAt: number | null = null;
  #frames = 0;
  #apart: number[] = [];
  /** When the first audio of the span came, and how much has come since (ms). */
  #startedAt: number | null = null;
  #audioMs = 0;
  /** How far behind its own time each message of the span came. */
  #behind: number[] = [];
  #earliest = Number.POSITIVE_INFINITY;

  /** For a call's `onAudio`. */
  readonly onAudio = (audio: Buffer, atMs: number): void => {
    if (this.#lastAt !== null) this.#apart.push(atMs - this.#lastAt);
    this.#lastAt = atMs;
    this.#frames += audio.length / 160;
    this.#startedAt ??= atMs;
    const behind = atMs - this.#startedAt - this.#audioMs;
    this.#audioMs += audio.length / 8;
    this.#earliest = Math.min(this.#earliest, behind);
    this.#behind.push(behind);
  };

  /** A new span begins. */
  begin(): void {
    this.#frames = 0;
    this.#apart = [];
    // A zero of its own: what was lost before must not count as late.
    this.#startedAt = null;
    this.#audioMs = 0;
    this.#behind = [];
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  /** Of all calls together: how many frames came, and the 99th percentile of the time between two messages (ms). */
  static sum(all: readonly FrameTimes[]): { frames: number; p99: number } {
    const apart = all.flatMap((times) => times.#apart).sort((a, b) => a - b);
    const frames = all.reduce((sum, times) => sum + times.#frames, 0);
    return { frames, p99: apart[Math.floor(apart.length * 0.99)] ?? Number.NaN };
  }

  /** Of all calls together: how late messages came in this span, against the earliest of their call in it (ms): the 99th percentile, and the worst. */
  static lateness(all: readonly FrameTimes[]): { p99: number; worst: number } {
    const late = all.flatMap((times) => times.#behind.map((behind) => behind - times.#earliest));
    late.sort((a, b) => a - b);
    return { p99: late[Math.floor(late.length * 0.99)] ?? Number.NaN, worst: late.at(-1) ?? Number.NaN };
  }
}

/** When the echoed frames of one call came back, in one span of time. */
export class FrameTimes {
  #lastAt: number | null = null;
  #frames = 0;
  #apart: number[] = [];

  /** For a call's `onAudio`. */
  readonly onAudio = (audio: Buffer, atMs: number): void => {
    if (this.#lastAt !== null) this.#apart.push(atMs - this.#lastAt);
    this.#lastAt = atMs;
    this.#frames += audio.length / 160;
  };

  /** A new span begins. */
  begin(): void {
    this.#frames = 0;
    this.#apart = [];
  }

  /** Of all calls together: how many frames came, and the 99th percentile of the time between two messages (ms). */
  static sum(all: readonly FrameTimes[]): { frames: number; p99: number } {
    const apart = all.flatMap((times) => times.#apart).sort((a, b) => a - b);
    const frames = all.reduce((sum, times) => sum + times.#frames, 0);
    return { frames, p99: apart[Math.floor(apart.length * 0.99)] ?? Number.NaN };
  }
}

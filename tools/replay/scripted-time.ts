import type { Cue, ScriptItem } from './caller-script.js';

/** So far from its cue an act may come by the clock alone, as it was recorded. */
const TOLERANCE_MS = 60;
/** A cue that has not come so long after the act was due will never come. */
const PATIENCE_MS = 15_000;

/** What is to be done next, and when. */
interface Due {
  readonly atMs: number;
  /** `leap`: the next act, and the frames before it are left out. */
  readonly what: 'item' | 'leap' | 'silence';
}

export interface Taken {
  /** An item, or a frame of silence while an act waits for its cue; null: nothing is left. */
  readonly item: ScriptItem | 'silence' | null;
  /** Frames that were left out, because the act behind them came earlier than when it was recorded. */
  readonly skippedFrames: number;
}

/**
 * When the next thing on a recorded stream is due. Times are milliseconds since the stream was opened. Between two acts the caller's
 * time passes as it was recorded; it stands still while an act waits for its cue, and leaps when the cue comes early.
 */
export class ScriptedTime {
  readonly #items: readonly ScriptItem[];
  readonly #silenceMs: number | null;
  readonly #cueTimes = new Map<string, number>();
  #next = 0;
  /** By how much everything comes later than when it was recorded. */
  #shiftMs = 0;
  /** When the next frame of silence is due, while an act waits. */
  #silentAtMs: number | null = null;

  /** `silenceMs`: how often a frame of silence is sent while an act waits; null: none is. */
  constructor(items: readonly ScriptItem[], silenceMs: number | null) {
    this.#items = items;
    this.#silenceMs = silenceMs;
  }

  onCue({ what, utterance }: Cue, nowMs: number): void {
    this.#cueTimes.set(`${what} ${utterance}`, nowMs);
  }

  /** When {@link ScriptedTime.take} is to be called, which a cue may change; null: nothing is left. */
  get dueMs(): number | null {
    return this.#due?.atMs ?? null;
  }

  take(): Taken {
    const due = this.#due;
    if (!due) return { item: null, skippedFrames: 0 };
    if (due.what === 'silence') {
      this.#silentAtMs = due.atMs + (this.#silenceMs ?? 0);
      return { item: 'silence', skippedFrames: 0 };
    }
    const from = this.#next;
    const index = due.what === 'leap' ? this.#actIndex : from;
    const item = this.#items[index];
    this.#next = index + 1;
    this.#silentAtMs = null;
    if (!item) return { item: null, skippedFrames: 0 };
    this.#shiftMs = due.atMs - item.atMs;
    return { item, skippedFrames: index - from };
  }

  get #due(): Due | null {
    const item = this.#items[this.#next];
    if (!item) return null;
    const naturalMs = item.atMs + this.#shiftMs;
    const act = this.#items[this.#actIndex];
    if (!act?.cue) return { atMs: naturalMs, what: 'item' };
    const actMs = this.#actMs(act);
    if (item === act) return this.#actDue(naturalMs, actMs);
    if (actMs !== null && actMs < naturalMs) return { atMs: actMs, what: 'leap' };
    return { atMs: naturalMs, what: 'item' };
  }

  #actDue(naturalMs: number, actMs: number | null): Due {
    const atMs = actMs ?? naturalMs + PATIENCE_MS;
    const silentAtMs = this.#silentAtMs ?? naturalMs;
    if (this.#silenceMs !== null && silentAtMs < atMs) return { atMs: silentAtMs, what: 'silence' };
    return { atMs, what: 'item' };
  }

  /** When an act is due by its cue; null while that has not come. */
  #actMs({ atMs, cue }: ScriptItem): number | null {
    const cueMs = this.#cueTimes.get(`${cue?.what} ${cue?.utterance}`);
    if (!cue || cueMs === undefined) return null;
    const naturalMs = atMs + this.#shiftMs;
    const actMs = cueMs + cue.afterMs;
    return Math.abs(actMs - naturalMs) <= TOLERANCE_MS ? naturalMs : actMs;
  }

  /** The next item that is more than a frame, or a frame that waits for a cue. */
  get #actIndex(): number {
    let index = this.#next;
    for (let item = this.#items[index]; item; item = this.#items[index]) {
      if (item.does !== 'frame' || item.cue) break;
      index += 1;
    }
    return index;
  }
}

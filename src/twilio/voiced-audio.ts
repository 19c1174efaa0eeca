import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from '../audio/mulaw.js';

const STEP_MS = 5;
const STEP_BYTES = STEP_MS * BYTES_PER_MS;
/** The mean level of so many ms below which a voice pauses: about 46 dB under full scale. */
const PAUSE_LEVEL = 0.005;
const LEVELS = MULAW_LEVELS.map(Math.abs);

/** Audio in which a voice is heard without a pause. `voicedMs`: how long it was heard in all before that. */
interface VoicedRun {
  readonly startMs: number;
  endMs: number;
  readonly voicedMs: number;
}

/** A pause of a voice. `voicedMs`: how long the voice was heard in all before it. */
interface Pause {
  readonly startMs: number;
  readonly endMs: number;
  readonly voicedMs: number;
}

/**
 * Where a voice is heard in its audio and where it pauses. The audio comes in parts of any size; none of it is kept.
 * Words take their time of the voice, and no time of its pauses.
 */
export class VoicedAudio {
  readonly #runs: VoicedRun[] = [];
  #bytes = 0;
  #level = 0;

  push(audio: Buffer): void {
    for (let from = 0; from < audio.length; ) {
      const to = Math.min(audio.length, from + STEP_BYTES - (this.#bytes % STEP_BYTES));
      let level = this.#level;
      for (let at = from; at < to; at++) level += LEVELS[audio[at] ?? SILENCE] ?? 0;
      this.#level = level;
      this.#bytes += to - from;
      from = to;
      if (this.#bytes % STEP_BYTES === 0) this.#endStep();
    }
  }

  /** All of it. */
  get totalMs(): number {
    return this.#bytes / BYTES_PER_MS;
  }

  /** How long the voice was heard. */
  get voicedMs(): number {
    const last = this.#runs.at(-1);
    return last ? last.voicedMs + last.endMs - last.startMs : 0;
  }

  /** When the voice had been heard for so long; the end of the audio when it never was. */
  endOf(voicedMs: number): number {
    // The last run that begins before so much was heard.
    const run = this.#runs[Math.max(0, this.#runsBefore((each) => each.voicedMs < voicedMs) - 1)];
    const isThere = run !== undefined && voicedMs <= this.voicedMs;
    return isThere ? run.startMs + Math.max(0, voicedMs - run.voicedMs) : this.totalMs;
  }

  /** When the voice went on after it had been heard for so long; the end of the audio when it did not. */
  startOf(voicedMs: number): number {
    const run = this.#runs[Math.max(0, this.#runsBefore((each) => each.voicedMs <= voicedMs) - 1)];
    if (!run) return this.totalMs;
    return Math.min(run.startMs + voicedMs - run.voicedMs, this.totalMs);
  }

  /** Its pauses of at least so many ms between two sounds of the voice, in order. */
  pauses(atLeastMs: number): Pause[] {
    return this.#runs.flatMap(({ startMs: endMs, voicedMs }, i) => {
      const startMs = this.#runs[i - 1]?.endMs;
      return startMs !== undefined && endMs - startMs >= atLeastMs ? [{ startMs, endMs, voicedMs }] : [];
    });
  }

  /** How many runs at the beginning are so; all that are so come first. */
  #runsBefore(isSo: (run: VoicedRun) => boolean): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle];
      if (run && isSo(run)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #endStep(): void {
    const isVoiced = this.#level / STEP_BYTES >= PAUSE_LEVEL;
    this.#level = 0;
    if (!isVoiced) return;
    const endMs = this.totalMs;
    const last = this.#runs.at(-1);
    if (last && last.endMs === endMs - STEP_MS) last.endMs = endMs;
    else this.#runs.push({ startMs: endMs - STEP_MS, endMs, voicedMs: this.voicedMs });
  }
}

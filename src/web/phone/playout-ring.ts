import { MULAW_LEVELS, SAMPLE_RATE } from '../../audio/mulaw.js';

/** A sound that comes after silence waits so long. The gateway sends ahead: the messages after the first need no more time than that to come in order. */
export const HOLD_MS = 10;
const HOLD_SAMPLES = (HOLD_MS * SAMPLE_RATE) / 1000;

interface LeavingMark {
  readonly name: string;
  /** The sample at which the sound before it has left the speaker. */
  readonly at: number;
}

/**
 * The caller's end of the agent's audio: what comes is played in order and never dropped. Its clock is the sample that
 * is read: {@link next} is called once for each at 8 kHz, and gives silence where there is nothing.
 */
export class PlayoutRing {
  readonly #onMark: (name: string) => void;
  #queue: (Uint8Array | string)[] = [];
  /** Samples of the first piece that have been read. */
  #read = 0;
  #queued = 0;
  #clock = 0;
  /** When the last sound was read; the marks behind it are due when it has left the speaker. */
  #lastSound = Number.NEGATIVE_INFINITY;
  #latency = 0;
  #hold = 0;
  /** Sound has been read, and neither a mark nor a clear has come since. */
  #isInUtterance = false;
  #leaving: LeavingMark[] = [];
  #underruns = 0;

  /** Marks are given back by `onMark`, in order. */
  constructor(onMark: (name: string) => void) {
    this.#onMark = onMark;
  }

  /** Milliseconds of sound that wait. */
  get waitingMs(): number {
    return (this.#queued * 1000) / SAMPLE_RATE;
  }

  /** Marks that are not back yet. */
  get pendingMarks(): number {
    return this.#leaving.length + this.#queue.filter((item) => typeof item === 'string').length;
  }

  /** How often an utterance had to wait in its middle because the next audio was late. */
  get underruns(): number {
    return this.#underruns;
  }

  /** How long a sample takes from here to the speaker: the context's `outputLatency`. */
  set latencySeconds(seconds: number) {
    this.#latency = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * SAMPLE_RATE)) : 0;
  }

  /** Mu-law audio; the array is kept. */
  push(audio: Uint8Array): void {
    if (audio.length === 0) return;
    if (this.#queued === 0) this.#hold = HOLD_SAMPLES;
    this.#queue.push(audio);
    this.#queued += audio.length;
  }

  /** Given back when all sound before it has left the speaker: at once when nothing sounds. */
  mark(name: string): void {
    this.#queue.push(name);
    this.#passMarks();
    this.#giveBack();
  }

  /** What waits is thrown away, and every mark is given back at once, in order. */
  clear(): void {
    const names = [
      ...this.#leaving.map(({ name }) => name),
      ...this.#queue.filter((item) => typeof item === 'string'),
    ];
    this.#queue = [];
    this.#leaving = [];
    this.#read = 0;
    this.#queued = 0;
    this.#isInUtterance = false;
    for (const name of names) this.#onMark(name);
  }

  /** The next sample at 8 kHz, full scale 1. */
  next(): number {
    this.#clock += 1;
    const level = this.#sound();
    if (this.#leaving.length > 0) this.#giveBack();
    return level;
  }

  #sound(): number {
    if (this.#hold > 0) {
      this.#hold -= 1;
      return 0;
    }
    const [head] = this.#queue;
    if (head === undefined || typeof head === 'string') return this.#silence();
    const level = MULAW_LEVELS[head[this.#read] ?? 0] ?? 0;
    this.#read += 1;
    this.#queued -= 1;
    this.#lastSound = this.#clock;
    this.#isInUtterance = true;
    if (this.#read === head.length) {
      this.#queue.shift();
      this.#read = 0;
      this.#passMarks();
    }
    return level;
  }

  #silence(): number {
    if (this.#isInUtterance) this.#underruns += 1;
    this.#isInUtterance = false;
    return 0;
  }

  /** Marks before which no sound waits any more. */
  #passMarks(): void {
    for (let [head] = this.#queue; typeof head === 'string'; [head] = this.#queue) {
      this.#queue.shift();
      this.#isInUtterance = false;
      this.#leaving.push({ name: head, at: this.#lastSound + this.#latency });
    }
  }

  #giveBack(): void {
    for (let [first] = this.#leaving; first && first.at <= this.#clock; [first] = this.#leaving) {
      this.#leaving.shift();
      this.#onMark(first.name);
    }
  }
}

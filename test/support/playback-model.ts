import {
  Playback,
  type PlaybackOutput,
  type PlayedUtterance,
  type UtteranceWriter,
} from '../../src/twilio/playback.js';
import { Ticker } from '../../src/twilio/ticker.js';

interface Spoken {
  readonly writer: UtteranceWriter;
  readonly endings: {
    readonly played: PlayedUtterance;
    readonly sentBytes: number;
    readonly heardMs: number;
  }[];
  pushedBytes: number;
  ended: boolean;
}

interface Sent {
  readonly utterance: number;
  readonly bytes: number;
  readonly startsAt: number;
}

const GIVEN_UP_AFTER_MS = 2000;
const TICK_MS = 20;

/**
 * A playback with Twilio's buffer as its output, which plays 8 bytes a millisecond, returns a mark when all before it has
 * played and all pending marks at once on clear. It knows only the wire: what was sent, returned and cleared. Every byte
 * carries the number of its utterance. Needs fake timers.
 */
export class PlaybackModel implements PlaybackOutput {
  readonly ticker = new Ticker(TICK_MS, (error) => {
    throw error;
  });
  readonly speakingChanges: boolean[] = [];
  readonly playback = new Playback(this, this.ticker, (speaking) => this.speakingChanges.push(speaking));
  readonly spoken: Spoken[] = [];
  readonly sent: Sent[] = [];
  readonly marks: { readonly name: string; readonly utterance: number; readonly dueAt: number }[] = [];
  clears = 0;
  maxLeadMs = 0;
  #dryAt = 0;
  /** Utterances whose audio is out and whose mark is not back. */
  readonly #out = new Set<number>();
  /** Marks that Twilio has sent back and that have not arrived. */
  readonly #returning: string[] = [];
  readonly #pending: { readonly name: string; readonly dueAt: number }[] = [];

  sendMedia(audio: Buffer): void {
    const [utterance = -1] = audio;
    if (audio.some((byte) => byte !== utterance)) throw new Error('One message holds two utterances.');
    const startsAt = Math.max(this.#dryAt, performance.now());
    this.sent.push({ utterance, bytes: audio.length, startsAt });
    this.#dryAt = startsAt + audio.length / 8;
    this.maxLeadMs = Math.max(this.maxLeadMs, this.#dryAt - performance.now());
    this.#out.add(utterance);
  }

  sendMark(name: string): void {
    const dueAt = Math.max(this.#dryAt, performance.now());
    this.marks.push({ name, utterance: this.sent.at(-1)?.utterance ?? -1, dueAt });
    this.#pending.push({ name, dueAt });
  }

  sendClear(): void {
    this.clears += 1;
    this.#dryAt = performance.now();
    this.#returning.push(...this.#pending.splice(0).map(({ name }) => name));
    this.#out.clear();
  }

  /** Whether audio is out whose mark is not back; null within the tick in which an overdue mark is given up. */
  get speaking(): boolean | null {
    const overdue = this.marks.filter(({ utterance }) => this.#out.has(utterance));
    for (const { utterance, dueAt } of overdue) {
      const lateMs = performance.now() - dueAt - GIVEN_UP_AFTER_MS;
      if (lateMs >= TICK_MS) this.#out.delete(utterance);
      else if (lateMs >= 0) return null;
    }
    return this.#out.size > 0;
  }

  /** Whether something waits to be sent or a mark to come back. */
  get needsTicks(): boolean {
    const waiting = this.spoken.some(
      ({ endings, pushedBytes }, i) => endings.length === 0 && pushedBytes > this.sentOf(i),
    );
    return waiting || this.marks.some(({ utterance }) => this.#out.has(utterance));
  }

  sentOf(utterance: number): number {
    return this.sent.reduce((sum, message) => sum + (message.utterance === utterance ? message.bytes : 0), 0);
  }

  open(): void {
    const number = this.spoken.length;
    const endings: Spoken['endings'] = [];
    const writer = this.playback.open((played) =>
      endings.push({ played, sentBytes: this.sentOf(number), heardMs: this.#heardMs(number) }),
    );
    this.spoken.push({ writer, endings, pushedBytes: 0, ended: false });
  }

  push(which: number, bytes: number): void {
    const number = which % Math.max(1, this.spoken.length);
    const target = this.spoken[number];
    if (!target) return;
    if (target.endings.length === 0 && !target.ended) target.pushedBytes += bytes;
    target.writer.push(`piece of ${bytes}`, Buffer.alloc(bytes, number));
  }

  end(which: number): void {
    const target = this.spoken[which % Math.max(1, this.spoken.length)];
    if (!target) return;
    target.ended = true;
    target.writer.end();
  }

  clear(): void {
    this.playback.clear();
    this.#out.clear();
  }

  close(): void {
    this.playback.close();
    this.#out.clear();
  }

  /** The next mark on its way arrives; `again`: and once more, as no Twilio should. */
  returnMark(again: boolean): void {
    const name = this.#returning.shift();
    const mark = this.marks.find((each) => each.name === name);
    if (!mark) return;
    for (const out of [...this.#out]) if (out <= mark.utterance) this.#out.delete(out);
    for (let i = again ? 2 : 1; i > 0; i -= 1) this.playback.onMark(mark.name);
  }

  /** The next mark on its way never arrives. */
  loseMark(): void {
    this.#returning.shift();
  }

  /** Time has passed: what Twilio has played by now sends its marks on their way. */
  elapse(): void {
    const due = this.#pending.filter(({ dueAt }) => dueAt <= performance.now());
    this.#pending.splice(0, due.length);
    this.#returning.push(...due.map(({ name }) => name));
  }

  #heardMs(number: number): number {
    const now = performance.now();
    const heard = (message: Sent) => Math.min(message.bytes / 8, Math.max(0, now - message.startsAt));
    return this.sent
      .filter(({ utterance }) => utterance === number)
      .reduce((sum, each) => sum + heard(each), 0);
  }
}

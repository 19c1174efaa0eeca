import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { PlayoutClock } from './playout-clock.js';
import type { BegunWords } from './spoken-piece.js';
import type { PlaybackOutput } from './stream-sides.js';
import type { PlaybackTicker, TickerClient } from './ticker.js';
import { type Heard, Utterance, type UtteranceOptions } from './utterance.js';

/** How audio goes out. */
export interface Pacing {
  /** What one message carries at most; a multiple of 20. */
  readonly messageMs: number;
  /** A message goes out when less than this is left for the caller to hear. */
  readonly leadMs: number;
}

/** A stall of the event loop of 150 ms is not heard, and a lost `clear` costs at most 300 ms: chosen by `npm run bench -- playback`. */
export const PACING: Pacing = { messageMs: 100, leadMs: 200 };
/** A mark so late means that Twilio has far more to play than we believe: nothing is added to it until the mark is back. */
const MARK_STALL_MS = 2000;
/** A mark so late never comes: nothing may wait for it for ever. */
const MARK_LOST_MS = 10_000;

/** What a playback tells its call. Times are monotonic ms. */
interface PlaybackListener {
  /** Audio of the agent is out and not yet heard, or no more. */
  onSpeaking(speaking: boolean): void;
  /** Audio goes out; it begins to sound at `soundsAt` if nothing stops it. `words`: finds those that begin in it, to be called at once or not at all. */
  onSent(audio: Buffer, soundsAt: number, words: () => readonly BegunWords[]): void;
  /** A mark is back, so long after its audio must have been played: the way there and back, and what Twilio adds. */
  onMarkLag(ms: number): void;
  /** A mark is 2 s late: nothing more is sent until it is back or lost. */
  onMarkStall(): void;
}

interface PlaybackOptions {
  readonly output: PlaybackOutput;
  /** Is told the stream's time by whoever gets its frames. */
  readonly clock: PlayoutClock;
  readonly ticker: PlaybackTicker;
  readonly listener: PlaybackListener;
  readonly pacing?: Pacing;
}

/**
 * What was sent, marked, played and cleared on one stream: the order of its utterances, and what was heard of each. Twilio sends a mark back
 * when all before it has played, and sends pending marks back at once on `clear`: mark names never repeat in a
 * stream, so the echo of a cleared mark is recognised and ignored.
 */
export class Playback implements TickerClient {
  readonly #output: PlaybackOutput;
  readonly #clock: PlayoutClock;
  readonly #ticker: PlaybackTicker;
  readonly #listener: PlaybackListener;
  readonly #pacing: Pacing;
  readonly #utterances: Utterance[] = [];
  #speaking = false;
  #closed = false;
  #marks = 0;
  #markLagMs = 0;
  #stalled = false;
  /** Marks come back on this stream, as far as we know. */
  #marksReturn = true;

  constructor({ output, clock, ticker, listener, pacing = PACING }: PlaybackOptions) {
    this.#output = output;
    this.#clock = clock;
    this.#ticker = ticker;
    this.#listener = listener;
    this.#pacing = pacing;
  }

  /** Audio of the agent is out and its mark not yet back. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Nothing is playing, waiting or still being made. */
  get isIdle(): boolean {
    return this.#utterances.length === 0;
  }

  /** The first utterance of which more audio may come; null when there is none. */
  get awaited(): Utterance | null {
    return this.#utterances.find(({ isComplete }) => !isComplete) ?? null;
  }

  get isAwaitingAudio(): boolean {
    return this.awaited !== null;
  }

  /** Milliseconds of audio that the caller has not heard yet, sent or waiting; what waits behind an open utterance is not on its way. */
  get unheardMs(): number {
    let waiting = 0;
    for (const { waitingBytes, isComplete } of this.#utterances) {
      waiting += waitingBytes;
      if (!isComplete) break;
    }
    return waiting / BYTES_PER_MS + Math.max(0, this.#clock.dryAt - performance.now());
  }

  /** When all audio sent so far has been played, or was cleared (monotonic ms); 0 before the first. */
  get dryAt(): number {
    return this.#clock.dryAt;
  }

  /** How late the last mark came back; 0 before the first. */
  get markLagMs(): number {
    return this.#markLagMs;
  }

  /** Begins an utterance that is played after those before it. When the stream is gone it ends at once, with nothing heard. */
  open(options: UtteranceOptions): Utterance {
    const utterance = new Utterance(options, () => this.tick(performance.now()));
    if (this.#closed) utterance.finish(0, true);
    else this.#utterances.push(utterance);
    return utterance;
  }

  /** A mark came back. Unknown names (cleared, lost or not ours) count for nothing. */
  onMark(name: string): void {
    const now = performance.now();
    const index = this.#utterances.findIndex(({ mark }) => mark?.name === name);
    const utterance = this.#utterances[index];
    if (!utterance?.mark) return;
    this.#marksReturn = true;
    this.#stalled = false;
    this.#markLagMs = Math.max(0, now - utterance.mark.dueAt);
    this.#listener.onMarkLag(this.#markLagMs);
    this.#clock.confirm(utterance.endMs);
    this.#complete(index + 1);
    this.tick(now);
  }

  /** Stops what plays and forgets what waits. Returns how the utterance that was playing ended; null when none was. */
  clear(): Heard | null {
    if (this.#speaking) this.#output.sendClear();
    return this.#cut(0, this.#clock.playedMs(performance.now()));
  }

  /** Forgets the utterance of which more audio may come, and what waits behind it, where others are before it: these are heard out. False: none are. */
  forgetAwaited(): boolean {
    const from = this.#utterances.findIndex(({ isComplete }) => !isComplete);
    if (from > 0) this.#cut(from, this.#clock.playedMs(performance.now()));
    return from > 0;
  }

  /** The stream is gone: every utterance ends with what can have been heard by then. */
  close(): void {
    this.#closed = true;
    this.#cut(0, this.#clock.playedMs(performance.now() - this.#markLagMs));
  }

  /** Sends what is due; called by the shared ticker and whenever audio arrives. */
  tick(now: number): void {
    this.#checkMarks(now);
    for (const utterance of [...this.#utterances]) {
      this.#send(utterance, now);
      if (!utterance.isComplete || utterance.waitingBytes > 0) break;
      // The end of one may make its speaker cut off those behind it.
      if (!utterance.mark && utterance.isOpen) this.#finishSending(utterance, now);
    }
    this.#watch();
  }

  #send(utterance: Utterance, now: number): void {
    const { messageMs, leadMs } = this.#pacing;
    while (!this.#stalled && utterance.waitingBytes > 0 && this.#clock.dryAt - now < leadMs) {
      const message = utterance.take(messageMs * BYTES_PER_MS, this.#clock.sentMs);
      const soundsAt = this.#clock.sent(message.length / BYTES_PER_MS, now);
      this.#listener.onSent(message, soundsAt, () => utterance.begun());
      this.#output.sendMedia(message);
      this.#setSpeaking(true);
    }
  }

  #finishSending(utterance: Utterance, now: number): void {
    if (!utterance.isOut) {
      this.#remove(this.#utterances.indexOf(utterance), 1);
      utterance.finish(0, false);
      return;
    }
    this.#marks += 1;
    utterance.mark = { name: `utterance-${this.#marks}`, dueAt: Math.max(this.#clock.dryAt, now) };
    this.#output.sendMark(utterance.mark.name);
  }

  // Marks come back in the order sent, so the first one pending is the oldest.
  #checkMarks(now: number): void {
    const lateMs = now - (this.#utterances[0]?.mark?.dueAt ?? now);
    if (lateMs >= (this.#marksReturn ? MARK_LOST_MS : MARK_STALL_MS)) return this.#giveUpMark(now);
    if (lateMs < MARK_STALL_MS || this.#stalled) return;
    this.#stalled = true;
    this.#listener.onMarkStall();
  }

  #giveUpMark(now: number): void {
    this.#marksReturn = false;
    this.#stalled = false;
    const [lost] = this.#remove(0, 1);
    this.#setSpeaking(this.#utterances.some(({ isOut }) => isOut));
    lost?.finish(this.#clock.playedMs(now), false);
  }

  // A mark that is back vouches for all before it.
  #complete(count: number): void {
    const done = this.#remove(0, count);
    this.#setSpeaking(this.#utterances.some(({ isOut }) => isOut));
    for (const utterance of done) utterance.finish(Number.POSITIVE_INFINITY, false);
    this.#watch();
  }

  #cut(from: number, playedMs: number): Heard | null {
    // What lies behind a mark that is not back has not been heard, whatever the clock says.
    const pending = this.#utterances.find(({ mark }) => mark !== null);
    const certain = pending ? Math.min(playedMs, pending.endMs) : playedMs;
    const cut = this.#remove(from, this.#utterances.length);
    if (from === 0) {
      this.#clock.cleared(performance.now());
      this.#stalled = false;
    }
    this.#setSpeaking(this.#utterances.some(({ isOut }) => isOut));
    this.#watch();
    let playing: Heard | null = null;
    for (const utterance of cut) {
      const ending = utterance.finish(certain, true, this.#closed);
      if (utterance.isOut) playing = ending;
    }
    return playing;
  }

  // Nothing more is taken of an utterance while others are told that it, or one before it, has ended.
  #remove(from: number, count: number): Utterance[] {
    const removed = this.#utterances.splice(from, count);
    for (const utterance of removed) utterance.isOpen = false;
    return removed;
  }

  #setSpeaking(speaking: boolean): void {
    if (this.#speaking === speaking) return;
    this.#speaking = speaking;
    this.#listener.onSpeaking(speaking);
  }

  #watch(): void {
    if (this.#utterances.some(({ mark, waitingBytes }) => mark !== null || waitingBytes > 0))
      this.#ticker.add(this);
    else this.#ticker.remove(this);
  }
}

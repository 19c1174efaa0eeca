import { BYTES_PER_MS } from '../audio/mulaw.js';
import { PACING, type Pacing } from './pacing.js';
import { PlayoutClock } from './playout-clock.js';
import type { BegunWords } from './spoken-audio.js';
import type { Ticker, TickerClient } from './ticker.js';
import { type PlayedUtterance, Utterance, UtteranceWriter } from './utterance.js';

/** A mark so late means that Twilio has far more to play than we believe: nothing is added to it until the mark is back. */
const MARK_STALL_MS = 2000;
/** A mark so late never comes: nothing may wait for it for ever. */
const MARK_LOST_MS = 10_000;

/** Where a playback sends to: one stream. */
export interface PlaybackOutput {
  sendMedia(audio: Buffer): void;
  sendMark(name: string): void;
  sendClear(): void;
}

/** Calls its clients some fifty times a second; see `Ticker`. */
export type PlaybackTicker = Pick<Ticker, 'add' | 'remove'>;

/** What a playback tells its call. Times are monotonic ms. */
export interface PlaybackListener {
  /** Audio of the agent is out and not yet heard, or no more. */
  onSpeaking(speaking: boolean): void;
  /** Audio goes out, and `words` begin in it; it begins to sound at `soundsAt` if nothing stops it. */
  onSent(audio: Buffer, soundsAt: number, words: readonly BegunWords[]): void;
  /** A mark is back, so long after its audio must have been played: the way there and back, and what Twilio adds. */
  onMarkLag(ms: number): void;
  /** A mark is 2 s late: nothing more is sent until it is back or lost. */
  onMarkStall(): void;
}

/**
 * What was sent, marked, played and cleared on one stream: the only clock of what the caller heard. Twilio sends a mark back
 * when all before it has played, and sends pending marks back at once on `clear`: mark names never repeat in a
 * stream, so the echo of a cleared mark is recognised and ignored.
 */
export class Playback implements TickerClient {
  readonly #output: PlaybackOutput;
  readonly #ticker: PlaybackTicker;
  readonly #listener: PlaybackListener;
  readonly #pacing: Pacing;
  readonly #clock = new PlayoutClock();
  readonly #utterances: Utterance[] = [];
  #speaking = false;
  #closed = false;
  #marks = 0;
  #markLagMs = 0;
  #stalled = false;
  /** Marks come back on this stream, as far as we know. */
  #marksReturn = true;

  constructor(
    output: PlaybackOutput,
    ticker: PlaybackTicker,
    listener: PlaybackListener,
    pacing: Pacing = PACING,
  ) {
    this.#output = output;
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

  /** An utterance is open whose audio has not all been handed over. */
  get isAwaitingAudio(): boolean {
    return this.#utterances.some(({ ended }) => !ended);
  }

  /** Milliseconds of audio that the caller has not heard yet, sent or waiting; what waits behind an open utterance is not on its way. */
  get unheardMs(): number {
    let waiting = 0;
    for (const { audio, ended } of this.#utterances) {
      waiting += audio.waitingBytes;
      if (!ended) break;
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

  /**
   * Begins an utterance that is played after those before it. `onPlayed` is called once, in the same turn as it ends; at once,
   * with nothing heard, when the stream is gone.
   */
  open(onPlayed: (played: PlayedUtterance) => void): UtteranceWriter {
    const utterance = new Utterance(onPlayed);
    if (this.#closed) utterance.finish(0, true);
    else this.#utterances.push(utterance);
    return new UtteranceWriter(utterance, this.#utterances, () => this.tick(performance.now()));
  }

  /** The stream's own clock: 0 when it started, then the timestamp of each frame that comes; `now`: when (monotonic ms). */
  onMedia(timestampMs: number, now: number): void {
    this.#clock.onMedia(timestampMs, now);
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

  /** A key came: a sign that the network works. */
  onKey(): void {
    this.#clock.onSign(performance.now());
  }

  /** Stops what plays and forgets what waits. Returns how the utterance that was playing ended; null when none was. */
  clear(): PlayedUtterance | null {
    if (this.#speaking) this.#output.sendClear();
    return this.#cutAll(this.#clock.playedMs(performance.now()));
  }

  /** The stream is gone: every utterance ends with what can have been heard by then. */
  close(): PlayedUtterance | null {
    this.#closed = true;
    return this.#cutAll(this.#clock.playedMs(performance.now() - this.#markLagMs));
  }

  /** Sends what is due; called by the shared ticker and whenever audio arrives. */
  tick(now: number): void {
    this.#checkMarks(now);
    for (const utterance of [...this.#utterances]) {
      this.#send(utterance, now);
      if (!utterance.ended || utterance.audio.waitingBytes > 0) break;
      // The end of one may make its speaker cut off those behind it.
      if (!utterance.mark && this.#utterances.includes(utterance)) this.#finishSending(utterance, now);
    }
    this.#watch();
  }

  #send(utterance: Utterance, now: number): void {
    const { messageMs, leadMs } = this.#pacing;
    while (!this.#stalled && utterance.audio.waitingBytes > 0 && this.#clock.dryAt - now < leadMs) {
      const message = utterance.audio.take(messageMs * BYTES_PER_MS);
      if (!utterance.isOut) utterance.begin(this.#clock.sentMs);
      const soundsAt = this.#clock.sent(message.length / BYTES_PER_MS, now);
      this.#listener.onSent(message, soundsAt, utterance.audio.begun());
      this.#output.sendMedia(message);
      this.#setSpeaking(true);
    }
  }

  #finishSending(utterance: Utterance, now: number): void {
    if (!utterance.isOut) {
      this.#utterances.splice(this.#utterances.indexOf(utterance), 1);
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
    const [lost] = this.#utterances.splice(0, 1);
    this.#setSpeaking(this.#utterances.some(({ isOut }) => isOut));
    lost?.finish(this.#clock.playedMs(now), false);
  }

  // A mark that is back vouches for all before it.
  #complete(count: number): void {
    const done = this.#utterances.splice(0, count);
    this.#setSpeaking(this.#utterances.some(({ isOut }) => isOut));
    for (const utterance of done) utterance.finish(Number.POSITIVE_INFINITY, false);
    this.#watch();
  }

  #cutAll(playedMs: number): PlayedUtterance | null {
    const cut = this.#utterances.splice(0);
    // What lies behind a mark that is not back has not been heard, whatever the clock says.
    const pending = cut.find(({ mark }) => mark !== null);
    const certain = pending ? Math.min(playedMs, pending.endMs) : playedMs;
    this.#clock.cleared(performance.now());
    this.#stalled = false;
    this.#setSpeaking(false);
    this.#watch();
    let playing: PlayedUtterance | null = null;
    for (const utterance of cut) {
      const ending = utterance.finish(certain, true);
      if (utterance.isOut) playing = ending;
    }
    return playing;
  }

  #setSpeaking(speaking: boolean): void {
    if (this.#speaking === speaking) return;
    this.#speaking = speaking;
    this.#listener.onSpeaking(speaking);
  }

  #watch(): void {
    if (this.#utterances.some(({ audio, mark }) => mark !== null || audio.waitingBytes > 0))
      this.#ticker.add(this);
    else this.#ticker.remove(this);
  }
}

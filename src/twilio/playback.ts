import { SpokenAudio } from './spoken-audio.js';
import type { Ticker, TickerClient } from './ticker.js';

/** What one message carries at most, and how far we send ahead of what the caller hears. */
const MESSAGE_MS = 100;
const LEAD_MS = 200;
const BYTES_PER_MS = 8;
/** A mark that is not back so long after its audio must have ended is given up: nothing may wait for it for ever. */
const MARK_GRACE_MS = 2000;

/** Where a playback sends to: one stream. */
export interface PlaybackOutput {
  sendMedia(audio: Buffer): void;
  sendMark(name: string): void;
  sendClear(): void;
}

/** How an utterance ended. `heardMs` and `text` are what the caller can have heard of it. */
export interface PlayedUtterance {
  readonly completed: boolean;
  readonly heardMs: number;
  readonly text: string;
  /** Everything that was to be said, heard or not. */
  readonly fullText: string;
  readonly startedAt: Date;
}

interface Utterance {
  readonly audio: SpokenAudio;
  readonly onPlayed: (played: PlayedUtterance) => void;
  /** Position of its first byte in the stream's sent audio, in ms; -1 while nothing is sent. */
  startMs: number;
  startedAt: Date;
  ended: boolean;
  /** The name of its mark once sent, and when it is given up (monotonic ms). */
  mark: { readonly name: string; readonly givenUpAt: number } | null;
}

/** The side of an utterance that its speaker holds. */
export interface UtteranceWriter {
  /** Still wanted: neither cleared nor closed. Audio that comes later is dropped, never played. */
  readonly isOpen: boolean;
  push(text: string, audio: Buffer): void;
  end(): void;
}

/**
 * What was sent, marked, played and cleared on one stream: the only clock of what the caller heard. Twilio plays what
 * it holds at 8 bytes a millisecond, sends a mark back when all before it has played, and sends pending marks back at
 * once on `clear`: mark names never repeat in a stream, so the echo of a cleared mark is recognised and ignored.
 */
export class Playback implements TickerClient {
  readonly #output: PlaybackOutput;
  readonly #ticker: Ticker;
  readonly #onSpeaking: (speaking: boolean) => void;
  readonly #utterances: Utterance[] = [];
  #speaking = false;
  #closed = false;
  #sentMs = 0;
  /** When Twilio's buffer runs dry if nothing more is sent (monotonic ms). */
  #dryAt = 0;
  #marks = 0;

  constructor(output: PlaybackOutput, ticker: Ticker, onSpeaking: (speaking: boolean) => void) {
    this.#output = output;
    this.#ticker = ticker;
    this.#onSpeaking = onSpeaking;
  }

  /** Audio of the agent is out and its mark not yet back. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Nothing is playing, waiting or still being made. */
  get isIdle(): boolean {
    return this.#utterances.length === 0;
  }

  /** Milliseconds of audio that the caller has not heard yet, sent or waiting. */
  get unheardMs(): number {
    const waiting = this.#utterances.reduce((sum, { audio }) => sum + audio.waitingBytes, 0);
    return waiting / BYTES_PER_MS + Math.max(0, this.#dryAt - performance.now());
  }

  /**
   * Begins an utterance that is played after those before it. `onPlayed` is called once, in the same turn as it ends; at once,
   * with nothing heard, when the stream is gone.
   */
  open(onPlayed: (played: PlayedUtterance) => void): UtteranceWriter {
    const audio = new SpokenAudio();
    const startedAt = new Date();
    const utterance: Utterance = { audio, onPlayed, startMs: -1, startedAt, ended: false, mark: null };
    const isOpen = () => this.#utterances.includes(utterance);
    if (this.#closed) onPlayed(this.#played(utterance, false, 0));
    else this.#utterances.push(utterance);
    return {
      get isOpen() {
        return isOpen();
      },
      push: (text, bytes) => {
        if (!isOpen() || utterance.ended) return;
        audio.push(text, bytes);
        this.tick(performance.now());
      },
      end: () => {
        utterance.ended = true;
        this.tick(performance.now());
      },
    };
  }

  /** A mark came back. Unknown names (cleared, given up or not ours) count for nothing. */
  onMark(name: string): void {
    const index = this.#utterances.findIndex((utterance) => utterance.mark?.name === name);
    if (index >= 0) this.#complete(index + 1);
  }

  /** Stops what plays and forgets what waits. Returns how the utterance that was playing ended; null when none was. */
  clear(): PlayedUtterance | null {
    if (this.#speaking) this.#output.sendClear();
    return this.#cutAll();
  }

  /** The stream is gone: every utterance ends with what can have been heard by now. */
  close(): PlayedUtterance | null {
    this.#closed = true;
    return this.#cutAll();
  }

  /** Sends what is due; called by the shared ticker and whenever audio arrives. */
  tick(now: number): void {
    for (const utterance of [...this.#utterances]) {
      this.#send(utterance, now);
      if (!utterance.ended || utterance.audio.waitingBytes > 0) break;
      // The end of one may make its speaker cut off those behind it.
      if (!utterance.mark && this.#utterances.includes(utterance)) this.#finishSending(utterance, now);
    }
    this.#giveUpMarks(now);
    this.#watch();
  }

  #send(utterance: Utterance, now: number): void {
    while (utterance.audio.waitingBytes > 0 && this.#dryAt - now < LEAD_MS) {
      if (utterance.startMs < 0) this.#start(utterance);
      const message = utterance.audio.take(MESSAGE_MS * BYTES_PER_MS);
      const ms = message.length / BYTES_PER_MS;
      this.#sentMs += ms;
      this.#dryAt = Math.max(this.#dryAt, now) + ms;
      this.#output.sendMedia(message);
    }
  }

  #start(utterance: Utterance): void {
    utterance.startMs = this.#sentMs;
    utterance.startedAt = new Date();
    this.#setSpeaking(true);
  }

  #finishSending(utterance: Utterance, now: number): void {
    if (utterance.startMs < 0) {
      this.#utterances.splice(this.#utterances.indexOf(utterance), 1);
      utterance.onPlayed(this.#played(utterance, true, 0));
      return;
    }
    this.#marks += 1;
    const givenUpAt = Math.max(this.#dryAt, now) + MARK_GRACE_MS;
    utterance.mark = { name: `utterance-${this.#marks}`, givenUpAt };
    this.#output.sendMark(utterance.mark.name);
  }

  #giveUpMarks(now: number): void {
    const overdue = this.#utterances.filter(({ mark }) => mark !== null && mark.givenUpAt <= now).length;
    if (overdue > 0) this.#complete(overdue);
  }

  // Marks come back in the order sent: one that is back vouches for all before it.
  #complete(count: number): void {
    const done = this.#utterances.splice(0, count);
    this.#setSpeaking(this.#utterances.some(({ startMs }) => startMs >= 0));
    for (const utterance of done) {
      utterance.onPlayed(this.#played(utterance, true, utterance.audio.sentBytes / BYTES_PER_MS));
    }
    this.#watch();
  }

  #cutAll(): PlayedUtterance | null {
    const now = performance.now();
    const playedMs = this.#sentMs - Math.max(0, this.#dryAt - now);
    const cut = this.#utterances.splice(0);
    this.#dryAt = now;
    this.#setSpeaking(false);
    this.#watch();
    let playing: PlayedUtterance | null = null;
    for (const utterance of cut) {
      const ending = this.#cut(utterance, playedMs);
      if (utterance.startMs >= 0) playing = ending;
    }
    return playing;
  }

  #cut(utterance: Utterance, playedMs: number): PlayedUtterance {
    const sentMs = utterance.audio.sentBytes / BYTES_PER_MS;
    const heardMs = utterance.startMs < 0 ? 0 : Math.min(sentMs, Math.max(0, playedMs - utterance.startMs));
    const ending = this.#played(utterance, false, heardMs);
    utterance.audio.drop();
    utterance.onPlayed(ending);
    return ending;
  }

  #played({ audio, startedAt }: Utterance, completed: boolean, heardMs: number): PlayedUtterance {
    const text = completed ? audio.fullText : audio.textHeard(heardMs);
    return { completed, heardMs, text, fullText: audio.fullText, startedAt };
  }

  #setSpeaking(speaking: boolean): void {
    if (this.#speaking === speaking) return;
    this.#speaking = speaking;
    this.#onSpeaking(speaking);
  }

  #watch(): void {
    if (this.#utterances.some(({ audio, mark }) => mark !== null || audio.waitingBytes > 0))
      this.#ticker.add(this);
    else this.#ticker.remove(this);
  }
}

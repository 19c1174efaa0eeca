import { BYTES_PER_MS, FRAME_BYTES, SILENCE } from '../../audio/mulaw.js';
import type { Speak } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { CallControl, OpenUtterance } from '../agent.js';
import { said } from './own-words.js';

/** No call has more waiting to be played (ten minutes); what a model sends beyond that is dropped. */
const MOST_BYTES = 600_000 * BYTES_PER_MS;
/** In characters. */
const LONGEST_TEXT = 10_000;

interface ReplyItemOptions {
  readonly itemId: string;
  readonly control: Pick<CallControl, 'open' | 'say' | 'inBackground'>;
  /** Our own voice, for a model that answers in text. */
  readonly speak: Speak;
  /** It is given to the caller now. */
  readonly onPlayed: () => void;
  /** Called once after `onPlayed`, when it was heard to its end or cut off. */
  readonly onHeard: (heard: Heard) => void;
}

/**
 * One item of the model that is to be said: its audio goes straight into an utterance of its own, cut to what playback wants. One that
 * is held keeps its audio until it is let go, or is never played.
 */
export class ReplyItem {
  readonly itemId: string;
  /** How it was heard; never settles for one that is never played. */
  readonly heard: Promise<Heard>;
  readonly #options: ReplyItemOptions;
  #utterance: OpenUtterance | null = null;
  #held: Buffer[] | null;
  #receivedBytes = 0;
  /** Less than one frame of audio, which waits for the rest of it. */
  #rest: Buffer = Buffer.alloc(0);
  #text = '';
  #isTextComplete = false;
  #isEnded = false;
  #isPlayed = false;
  #settle: (heard: Heard) => void = () => undefined;

  constructor(options: ReplyItemOptions, isHeld: boolean) {
    this.heard = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#options = options;
    this.itemId = options.itemId;
    this.#held = isHeld ? [] : null;
  }

  /** All its words so far. */
  get text(): string {
    return this.#text;
  }

  /** Whole milliseconds of audio that the model has sent of it. */
  get receivedMs(): number {
    return Math.floor(this.#receivedBytes / BYTES_PER_MS);
  }

  /** Something of it was given to the caller, heard or not. */
  get isPlayed(): boolean {
    return this.#isPlayed;
  }

  /** Nothing more comes of it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isSilent(): boolean {
    return this.#receivedBytes === 0 && this.#text.trim() === '';
  }

  push(audio: Buffer): void {
    if (this.#isEnded || audio.length === 0 || this.#receivedBytes >= MOST_BYTES) return;
    this.#receivedBytes += audio.length;
    if (this.#held) this.#held.push(audio);
    else this.#play(audio);
  }

  /** More of its words. */
  addWords(delta: string): void {
    if (!this.#isTextComplete) this.#tellWords(this.#text + delta, false);
  }

  setWords(text: string): void {
    this.#isTextComplete = true;
    this.#tellWords(text, true);
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.#isTextComplete) this.setWords(this.#text);
    if (!this.#held) this.#finish();
  }

  /** What was held is played now. */
  release(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    for (const audio of held) this.#play(audio);
    if (this.#isEnded) this.#finish();
  }

  #play(audio: Buffer): void {
    const utterance = this.#utterance ?? this.#open();
    const joined = this.#rest.length > 0 ? this.#join(utterance, audio) : audio;
    const whole = joined.length - (joined.length % FRAME_BYTES);
    if (whole > 0) utterance.push({ text: '', audio: joined.subarray(0, whole) });
    if (whole < joined.length) this.#rest = Buffer.concat([this.#rest, joined.subarray(whole)]);
  }

  /** Makes the frame whole that was begun. Returns what is left of `audio`. */
  #join(utterance: OpenUtterance, audio: Buffer): Buffer {
    const missing = FRAME_BYTES - this.#rest.length;
    if (audio.length < missing) return audio;
    utterance.push({ text: '', audio: Buffer.concat([this.#rest, audio.subarray(0, missing)]) });
    this.#rest = Buffer.alloc(0);
    return audio.subarray(missing);
  }

  #open(): OpenUtterance {
    this.#begin();
    const { control } = this.#options;
    const utterance = control.open({ isTranscribed: true });
    this.#utterance = utterance;
    if (this.#text) utterance.transcribe(this.#text, this.#isTextComplete);
    control.inBackground(utterance.heard.then((heard) => this.#onHeard(heard)));
    return utterance;
  }

  #begin(): void {
    this.#isPlayed = true;
    this.#options.onPlayed();
  }

  #finish(): void {
    const utterance = this.#utterance;
    if (!utterance) return this.#sayText();
    if (this.#rest.length > 0)
      utterance.push({
        text: '',
        audio: Buffer.concat([this.#rest, Buffer.alloc(FRAME_BYTES, SILENCE)], FRAME_BYTES),
      });
    utterance.end();
  }

  #sayText(): void {
    const { control, speak } = this.#options;
    const sentences = this.#text.split(/(?<=[.!?])\s+/).filter((part) => part.trim() !== '');
    if (sentences.length === 0) return;
    this.#begin();
    const heard = said(
      control,
      sentences.map((part, nth) => speak(part, nth)),
    );
    control.inBackground(heard.then((how) => this.#onHeard(how)));
  }

  #onHeard(heard: Heard): void {
    this.#options.onHeard(heard);
    this.#settle(heard);
  }

  #tellWords(text: string, isComplete: boolean): void {
    this.#text = text.slice(0, LONGEST_TEXT);
    this.#utterance?.transcribe(this.#text, isComplete);
  }
}

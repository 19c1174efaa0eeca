import { Conversation } from '../../src/calls/conversation.js';
import { silentLogger } from '../../src/core/logger.js';
import type { SessionChange } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import { Playback } from '../../src/twilio/playback.js';
import { PlayoutClock } from '../../src/twilio/playout-clock.js';
import type { Utterance } from '../../src/twilio/utterance.js';
import type { SpeakingPace } from '../../src/twilio/word-places.js';
import { newSession } from './sample-session.js';
import { STEP_MS, TwilioWire, type WireOptions } from './twilio-wire.js';

/** An utterance of a voice model: its words and when each of them has been said, and how its parts come. */
export interface ModelSpeech {
  readonly words: readonly string[];
  readonly audio: Buffer;
  readonly wordEndsMs: readonly number[];
  /** Audio comes in parts of so many ms, one every so many ms. */
  readonly partMs: number;
  readonly everyMs: number;
  /** Words are told so far before their sound (ms of audio); below 0: behind it. Null: with the last part. */
  readonly wordsAheadMs: number | null;
  /** The words are complete so long after the last part, or the cut. */
  readonly completeAfterMs: number;
  /** The caller presses a key so long after the first part; beyond its end: they hear it out. */
  readonly cutAtMs: number;
}

/** What became of it. */
export interface SpeechEnding {
  readonly truthMs: number;
  readonly heardWords: number;
  readonly historyWords: number;
  readonly history: string;
  /** The key came before the model was done. */
  readonly wasHalf: boolean;
}

/**
 * A conversation whose agent speaks as a voice model does, with the model of Twilio at its other end. The clock is the model's:
 * `performance.now` must be made to tell `wire.now`.
 */
export class TranscribedConversation {
  readonly wire: TwilioWire;
  session: Session = newSession();
  readonly #clock = new PlayoutClock();
  readonly #playback: Playback;
  readonly #conversation: Conversation;
  #opened = 0;
  #sending = -1;

  /** `pace`: what is known of the voice. */
  constructor(options: WireOptions, pace: SpeakingPace) {
    this.wire = new TwilioWire(options);
    const nothing = () => undefined;
    const output = {
      // The wire knows utterances by their bytes.
      sendMedia: (audio: Buffer) => this.wire.sendMedia(Buffer.alloc(audio.length, this.#sending)),
      sendMark: (name: string) => this.wire.sendMark(name),
      sendClear: () => this.wire.sendClear(),
    };
    const listener = { onSpeaking: nothing, onSent: nothing, onMarkLag: nothing, onMarkStall: nothing };
    this.#playback = new Playback({ output, listener, clock: this.#clock, ticker: this.wire });
    this.#numberUtterances();
    const read = () => this.session;
    const session = {
      get data() {
        return read();
      },
      timeAt: (monotonicMs = performance.now()) => new Date(monotonicMs).toISOString(),
      change: (change: SessionChange) => {
        this.session = { ...this.session, ...change };
      },
    };
    const told = { onQuiet: nothing, onOpened: nothing, onWords: nothing };
    this.#conversation = new Conversation({
      ...told,
      session,
      playback: this.#playback,
      pace,
      logger: silentLogger(),
    });
  }

  /** Says it, until it was heard out or cut off and all that is late has come. */
  say(speech: ModelSpeech): SpeechEnding {
    const number = this.#opened;
    const utterance = this.#conversation.open(true);
    const wasHalf = this.#speak(speech, utterance);
    this.elapse(speech.completeAfterMs);
    utterance.transcribe(speech.words.join(' '), true);
    this.elapse(2000);
    const history = this.session.conversation_history.filter(({ role }) => role === 'assistant');
    const own = history.find(({ content }) => content.split(' ')[0] === speech.words[0])?.content ?? '';
    const truthMs = this.wire.heardMs[number] ?? 0;
    return {
      truthMs,
      wasHalf,
      history: own,
      heardWords: speech.wordEndsMs.filter((end) => end <= truthMs).length,
      historyWords: own === '' ? 0 : own.split(' ').length,
    };
  }

  elapse(ms: number): void {
    this.wire.elapse(ms, {
      onMedia: (timestampMs) => this.#clock.onMedia(timestampMs, performance.now()),
      onMark: (name) => this.#playback.onMark(name),
      onKey: () => {
        this.#clock.onSign(performance.now());
        this.#conversation.interrupt();
      },
      onStop: () => this.#playback.close(),
    });
  }

  /** Whether it was cut off before the model was done. */
  #speak(speech: ModelSpeech, utterance: Utterance): boolean {
    const { audio, partMs, everyMs, cutAtMs } = speech;
    const startedAt = this.wire.now;
    const lengthMs = audio.length / 8;
    let [sentMs, pressed] = [0, false];
    while (utterance.isOpen || this.wire.now === startedAt) {
      const atMs = this.wire.now - startedAt;
      while (sentMs < lengthMs && (sentMs / partMs) * everyMs <= atMs) {
        utterance.push({ text: '', audio: audio.subarray(sentMs * 8, (sentMs + partMs) * 8) });
        sentMs = Math.min(lengthMs, sentMs + partMs);
        const told = this.#toldBy(speech, sentMs);
        if (told > 0) utterance.transcribe(speech.words.slice(0, told).join(' '), false);
        if (sentMs === lengthMs) utterance.end();
      }
      if (!pressed && atMs >= cutAtMs) {
        this.wire.press();
        pressed = true;
      }
      this.elapse(STEP_MS);
    }
    return sentMs < lengthMs;
  }

  #toldBy({ wordsAheadMs, wordEndsMs, audio }: ModelSpeech, sentMs: number): number {
    if (wordsAheadMs === null) return sentMs >= audio.length / 8 ? wordEndsMs.length : 0;
    return wordEndsMs.filter((end) => end - wordsAheadMs <= sentMs).length;
  }

  #numberUtterances(): void {
    const open = this.#playback.open.bind(this.#playback);
    this.#playback.open = (options) => {
      const utterance = open(options);
      const number = this.#opened;
      this.#opened += 1;
      const take = utterance.take.bind(utterance);
      utterance.take = (maxBytes, atMs) => {
        this.#sending = number;
        return take(maxBytes, atMs);
      };
      return utterance;
    };
  }
}

import type { OpenUtterance } from '../../src/agents/agent.js';
import { Conversation } from '../../src/calls/conversation.js';
import { silentLogger } from '../../src/core/logger.js';
import type { SessionChange } from '../../src/sessions/live-session.js';
import type { Session, Turn } from '../../src/sessions/session.js';
import { Playback } from '../../src/twilio/playback.js';
import { PlayoutClock } from '../../src/twilio/playout-clock.js';
import type { Heard, UtteranceOptions } from '../../src/twilio/utterance.js';
import { SpeakingPace } from '../../src/twilio/word-places.js';
import { newSession } from './sample-session.js';
import { TwilioWire, type WireOptions } from './twilio-wire.js';

/** Each word of an utterance takes so long. */
export const WORD_MS = 100;

interface Said {
  readonly utterance: OpenUtterance;
  wordsPushed: number;
  ended: boolean;
}

/** How the playback says that an utterance ended, and what ended it. */
interface Ending {
  readonly utterance: number;
  readonly played: Heard;
  readonly by: 'mark' | 'clear' | 'drop' | 'hang-up' | 'lost mark';
  /** How many clears were sent by then. */
  readonly clears: number;
  readonly sentMs: number;
  /** When, on our side (ms). */
  readonly at: number;
}

/**
 * A conversation with the model of Twilio at its other end. Words are `number-position`, so that each says of which utterance it is.
 * The clock is the model's: `performance.now` must be made to tell `wire.now`.
 */
export class WiredConversation {
  readonly wire: TwilioWire;
  readonly playback: Playback;
  session: Session = newSession();
  readonly said: Said[] = [];
  readonly speakingChanges: boolean[] = [];
  readonly endings: Ending[] = [];
  marksBack = 0;
  closed = false;
  readonly #clock = new PlayoutClock();
  readonly #conversation: Conversation;
  #interrupting: 'clear' | 'drop' | null = null;

  constructor(options: WireOptions) {
    this.wire = new TwilioWire(options);
    const nothing = () => undefined;
    this.playback = new Playback({
      output: this.wire,
      clock: this.#clock,
      ticker: this.wire,
      listener: {
        onSpeaking: (speaking) => this.speakingChanges.push(speaking),
        onSent: nothing,
        onMarkLag: () => {
          this.marksBack += 1;
        },
        onMarkStall: nothing,
      },
    });
    const open = this.playback.open.bind(this.playback);
    this.playback.open = (options) => {
      const number = this.said.length;
      const onEnd: UtteranceOptions['onEnd'] = (utterance, played) => {
        this.#note(number, played);
        options.onEnd(utterance, played);
      };
      return open({ ...options, onEnd });
    };
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
    this.#conversation = new Conversation({
      session,
      playback: this.playback,
      pace: new SpeakingPace(),
      logger: silentLogger(),
      onQuiet: nothing,
      onOpened: nothing,
      onWords: nothing,
    });
  }

  get history(): readonly Turn[] {
    return this.session.conversation_history;
  }

  open(): void {
    this.said.push({ utterance: this.#conversation.open(), wordsPushed: 0, ended: false });
  }

  push(which: number, wordCount: number): void {
    const [number, said] = this.#at(which);
    if (!said || said.ended) return;
    const from = said.wordsPushed;
    said.wordsPushed += wordCount;
    const text = Array.from({ length: wordCount }, (_, i) => `${number}-${from + i}`).join(' ');
    const wordEndsMs = Array.from({ length: wordCount }, (_, i) => (i + 1) * WORD_MS);
    said.utterance.push({ text, audio: Buffer.alloc(wordCount * WORD_MS * 8, number), wordEndsMs });
  }

  end(which: number): void {
    const [, said] = this.#at(which);
    if (!said) return;
    said.ended = true;
    said.utterance.end();
  }

  /** The agent falls silent by itself. */
  interrupt(): void {
    this.#interrupting = this.playback.speaking ? 'clear' : 'drop';
    this.#conversation.interrupt();
    this.#interrupting = null;
  }

  elapse(ms: number): void {
    this.wire.elapse(ms, {
      onMedia: (timestampMs) => this.#clock.onMedia(timestampMs, performance.now()),
      onMark: (name) => this.playback.onMark(name),
      onKey: () => {
        this.#clock.onSign(performance.now());
        this.interrupt();
      },
      onStop: () => this.close(),
    });
  }

  close(): void {
    this.closed = true;
    this.playback.close();
  }

  /** How many words of an utterance stand in the history. */
  wordsInHistory(utterance: number): number {
    const words = this.history.flatMap(({ content }) => content.split(' '));
    return words.filter((word) => word.startsWith(`${utterance}-`)).length;
  }

  sentMs(utterance: number): number {
    const own = this.wire.messages.filter((message) => message.utterance === utterance);
    return own.reduce((sum, { bytes }) => sum + bytes / 8, 0);
  }

  #note(utterance: number, played: Heard): void {
    const back = this.wire.marks.some((mark) => mark.utterance === utterance && mark.back);
    const untouched = back || this.sentMs(utterance) === 0 ? 'mark' : 'lost mark';
    const by = this.closed ? 'hang-up' : (this.#interrupting ?? untouched);
    const { clearsSent: clears } = this.wire;
    const { now: at } = this.wire;
    this.endings.push({ utterance, played, by, clears, sentMs: this.sentMs(utterance), at });
  }

  #at(which: number): [number, Said | undefined] {
    const number = which % Math.max(1, this.said.length);
    return [number, this.said[number]];
  }
}

import { BYTES_PER_MS, SILENCE } from '../audio/mulaw.js';
import { isJsonObject } from '../core/json.js';
import { hasPhoneNumber } from '../core/phone-numbers.js';
import { isOutboundTrack, wholeNumber } from '../twilio/messages.js';
import type { StreamAnnotation, StreamEnd } from '../twilio/stream-observer.js';
import { PersonalNames } from './personal-names.js';
import type { Pseudonyms } from './pseudonyms.js';
import { voiceNoise } from './voice-noise.js';

/** What is known of a call when its stream is opened. */
export interface RecordedCall {
  readonly callSid: string;
  /** As `From` of the webhook named the caller. */
  readonly from: string;
  /** Twilio's `StirVerstat`; null when it sent none. */
  readonly attestation: string | null;
  readonly hop: number;
  /** `browser`: from the gateway's own page; absent: from the telephone. */
  readonly via?: 'phone' | 'browser';
  /** The answer that invited the stream; absent or null where another gateway gave it. */
  readonly twiml?: string | null;
}

/** What a gateway was set to, as far as it decides what callers hear. */
export type RecordedSettings = Readonly<Record<string, string>>;

/** What happened on a stream; `at`: milliseconds since it was accepted. */
export type Happening = { readonly at: number } & (
  | { readonly what: 'in'; readonly text: string; secret?: boolean }
  | { readonly what: 'out'; readonly text: string }
  | { readonly what: 'note'; readonly note: StreamAnnotation }
  | { readonly what: 'end'; readonly how: StreamEnd }
  | { readonly what: 'row'; readonly row: object }
  | { readonly what: 'truncated' }
);

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never;
/** As it is told, before it is known when it was. */
export type UntimedHappening = Untimed<Happening>;

interface RecordedLinesOptions {
  readonly pseudonyms: Pseudonyms;
  readonly call: RecordedCall;
  /** False: noise in place of the caller's voice. */
  readonly keepVoice: boolean;
  readonly settings: RecordedSettings;
  /** The shop as it was stored, with what was in force; absent: what the settings say. */
  readonly shop?: object | undefined;
}

/** What is no JSON object is kept up to that many characters: less than a frame of audio, should it be one. */
const MAX_ODD_TEXT = 200;
/** Stands for a key that is kept nowhere. */
const SECRET_KEY = '5';
/** A caller without a number: the address may hold a name. */
const ADDRESS = /^(?!\+?\d+$)(?=.*[^A-Za-z])/i;
/** Words whose place is a guess may begin and end so much beside it. */
const GUESS_MARGIN_BYTES = 500 * BYTES_PER_MS;
/** What may be the beginning of a phone number. */
const DIGITS_AT_END = /[\d ().-]*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What happened on one stream as the lines of its recording, pseudonymised: SIDs, phone numbers, names, tokens. Where the
 * agent says a name of the customer or a phone number, silence stands for the sentence. Keys pressed stay as they are, for no call can be replayed without
 * them; but for those that prove who calls.
 */
export class RecordedLines {
  readonly #options: RecordedLinesOptions;
  readonly #caller: string;
  readonly #names: PersonalNames;
  readonly #hiddenWords = new HiddenWords();
  /** Digits with which a transcript, which comes word by word, has ended so far. */
  #digitsBefore = '';
  #keysWereSecret = false;
  readonly #secretNumbers = new Set<number>();
  readonly #noise: Readonly<Record<'in' | 'out', ((audio: Buffer) => Buffer) | null>>;

  constructor(options: RecordedLinesOptions) {
    const { pseudonyms, call, keepVoice, settings } = options;
    this.#options = options;
    this.#caller = pseudonyms.caller(call.from);
    this.#names = new PersonalNames(pseudonyms);
    if (ADDRESS.test(call.from)) this.#names.add(call.from, this.#caller);
    this.#noise = {
      in: keepVoice ? null : voiceNoise(),
      // An agent that echoes plays the caller's voice back.
      out: keepVoice || settings.AGENT !== 'echo' ? null : voiceNoise(),
    };
  }

  header(recordedAt: Date): string {
    const { call, pseudonyms, keepVoice, settings, shop } = this.#options;
    const attestation = call.attestation === null ? {} : { StirVerstat: pseudonyms.text(call.attestation) };
    return lineOf({
      format: 'bayline-stream',
      version: 1,
      recorded_at: recordedAt.toISOString(),
      hop: call.hop,
      form: { CallSid: pseudonyms.text(call.callSid), From: this.#caller, ...attestation },
      twiml: call.twiml ? pseudonyms.text(call.twiml) : null,
      voice: keepVoice ? 'kept' : 'replaced',
      settings: pseudonyms.object(settings),
      ...(shop ? { shop: pseudonyms.object(shop) } : {}),
    });
  }

  /** The line of what happened, with its line break. */
  line(happening: Happening): string {
    const t = Math.round(happening.at * 10) / 10;
    if (happening.what === 'note') return lineOf({ t, ...this.#note(happening.note) });
    if (happening.what === 'end') return lineOf({ t, end: happening.how });
    if (happening.what === 'row') return lineOf({ t, row: this.#hidden(happening.row) });
    if (happening.what === 'truncated') return lineOf({ t, truncated: true });
    return this.#messageLine(t, happening);
  }

  #messageLine(t: number, happening: Happening & { readonly what: 'in' | 'out' }): string {
    const { what, text } = happening;
    try {
      const message: unknown = JSON.parse(text);
      const isSecret = happening.what === 'in' && this.#isSecret(message, happening.secret === true);
      return lineOf({ t, [what]: this.#message(isSecret ? withoutKey(message) : message, what) });
    } catch {
      return lineOf({ t, [`${what}_text`]: this.#oddText(text) });
    }
  }

  /** A key that comes again under its number is as secret as it was the first time. */
  #isSecret(message: unknown, isNoted: boolean): boolean {
    const number = isJsonObject(message) && message.dtmf ? wholeNumber(message.sequenceNumber) : null;
    if (number === null) return isNoted;
    if (isNoted) this.#secretNumbers.add(number);
    return this.#secretNumbers.has(number);
  }

  #note(note: StreamAnnotation): object {
    if (note.note === 'secret_key') this.#keysWereSecret = true;
    if (note.note === 'words') return this.#words(note);
    if (note.note === 'session') return this.#hidden(note);
    return note.note === 'asked' ? this.#asked(note) : note;
  }

  #asked(note: StreamAnnotation & { readonly note: 'asked' }): object {
    if (!this.#keysWereSecret || !note.with) return this.#hidden(note);
    return this.#hidden({ ...note, with: note.with.map(withoutDigits) });
  }

  #words({ note, text, offset, bytes, guessed }: StreamAnnotation & { readonly note: 'words' }): object {
    const before = guessed ? this.#digitsBefore : '';
    const isNumber = hasPhoneNumber(before + text);
    const digits = guessed && !isNumber ? DIGITS_AT_END.exec(`${before}${text} `) : null;
    this.#digitsBefore = digits?.[0] ?? '';
    if (!isNumber && !this.#names.isIn(text)) return { note, text, bytes };
    this.#hiddenWords.hide(offset, bytes, guessed ? GUESS_MARGIN_BYTES : 0);
    const other = this.#options.pseudonyms.text(before + text).slice(before.length);
    return { note, text: this.#names.hide(other), bytes, hidden: true };
  }

  #hidden(object: object): Record<string, unknown> {
    this.#names.learn(object);
    const fields = Object.entries(this.#options.pseudonyms.object(object));
    return Object.fromEntries(fields.map(([field, value]) => [field, this.#names.hideIn(value)]));
  }

  /** Throws for what is no JSON object, and for one nested too deeply to be walked. */
  #message(message: unknown, way: 'in' | 'out'): object {
    if (!isJsonObject(message)) throw new TypeError('A stream message is a JSON object');
    const { pseudonyms } = this.#options;
    const { media } = message;
    if (way === 'out' && message.event === 'clear') this.#hiddenWords.cleared();
    if (!isJsonObject(media) || typeof media.payload !== 'string') return pseudonyms.object(message);
    const rest = pseudonyms.object({ ...message, media: null });
    // The audio apart: base64 may look like a phone number.
    const isOurs = way === 'in' && isOutboundTrack(media.track);
    const payload = isOurs ? silenceFor(media.payload) : this.#audio(media.payload, way);
    return { ...rest, media: { ...pseudonyms.object({ ...media, payload: '' }), payload } };
  }

  #audio(payload: string, way: 'in' | 'out'): string {
    const noise = this.#noise[way];
    if (!BASE64.test(payload)) return noise ? '' : this.#options.pseudonyms.text(payload);
    if (way === 'in' && !noise) return payload;
    const audio = Buffer.from(payload, 'base64');
    const kept = way === 'out' ? this.#hiddenWords.next(audio) : audio;
    return noise || kept !== audio ? (noise?.(kept) ?? kept).toString('base64') : payload;
  }

  #oddText(text: string): string {
    const hidden = this.#options.pseudonyms.text(text);
    // Where it is no JSON, a number may be spelt in any way.
    return hidden.replace(/\d{7,}/g, (digits) => '0'.repeat(digits.length)).slice(0, MAX_ODD_TEXT);
  }
}

/** Keys that prove who calls may be handed on together. */
function withoutDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,8}$/.test(value) ? SECRET_KEY.repeat(value.length) : value;
}

/** The message of a key with another key in it; anything else as it is. */
function withoutKey(message: unknown): unknown {
  return isJsonObject(message) && isJsonObject(message.dtmf)
    ? { ...message, dtmf: { ...message.dtmf, digit: SECRET_KEY } }
    : message;
}

/** What the agent said, sent back: it is recorded as it goes out, and may hold a name. */
function silenceFor(payload: string): string {
  return Buffer.alloc(Buffer.from(payload, 'base64').length, SILENCE).toString('base64');
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** The audio of an agent in the order it goes out, with silence in place of what must not be kept. Positions are bytes. */
class HiddenWords {
  #sent = 0;
  #hidden: { readonly from: number; readonly to: number }[] = [];

  /** Words begin so many bytes into the next message: their audio is not kept, nor so much (`margin`) on both sides of it that was not written before. */
  hide(offset: number, bytes: number, margin: number): void {
    const from = this.#sent + offset;
    this.#hidden.push({ from: from - margin, to: from + bytes + margin });
  }

  /** What has not gone out never will. */
  cleared(): void {
    this.#hidden = [];
  }

  /** The next message: itself, or a copy with silence in it. */
  next(audio: Buffer): Buffer {
    const [start, end] = [this.#sent, this.#sent + audio.length];
    this.#sent = end;
    if (this.#hidden.length === 0) return audio;
    const kept = Buffer.from(audio);
    for (const { from, to } of this.#hidden)
      if (from < end && to > start) kept.fill(SILENCE, Math.max(0, from - start), Math.min(to, end) - start);
    this.#hidden = this.#hidden.filter(({ to }) => to > end);
    return kept;
  }
}

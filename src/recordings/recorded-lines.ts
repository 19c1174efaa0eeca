import type { StreamEnd } from '../twilio/stream-end.js';
import type { StreamNote } from '../twilio/stream-tap.js';
import type { Pseudonyms } from './pseudonyms.js';
import { VoiceNoise } from './voice-noise.js';

/** What is known of a call when its stream is opened. */
export interface RecordedCall {
  readonly callSid: string;
  /** As `From` of the webhook named the caller. */
  readonly from: string;
  /** Twilio's `StirVerstat`; null when it sent none. */
  readonly attestation: string | null;
  readonly hop: number;
}

/** What happened on a stream; `at`: milliseconds since it was accepted. */
export type Happening = { readonly at: number } & (
  | { readonly what: 'in' | 'out'; readonly text: string }
  | { readonly what: 'note'; readonly note: StreamNote }
  | { readonly what: 'end'; readonly how: StreamEnd }
  | { readonly what: 'truncated' }
);

export interface RecordedLinesOptions {
  readonly pseudonyms: Pseudonyms;
  readonly call: RecordedCall;
  /** False: noise in place of the caller's voice. */
  readonly keepVoice: boolean;
  /** The agent plays the caller's voice back: what goes out is the caller's voice too. */
  readonly agentEchoes: boolean;
}

/** What is no JSON object is kept up to that many characters: less than a frame of audio, should it be one. */
const MAX_ODD_TEXT = 200;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What happened on one stream as the lines of its recording, pseudonymised: SIDs, phone numbers and tokens. Keys pressed
 * stay as they are, for no call can be replayed without them.
 */
export class RecordedLines {
  readonly #options: RecordedLinesOptions;
  readonly #caller: string;
  readonly #noise: { readonly in: VoiceNoise | null; readonly out: VoiceNoise | null };

  constructor(options: RecordedLinesOptions) {
    const { pseudonyms, call, keepVoice, agentEchoes } = options;
    this.#options = options;
    this.#caller = pseudonyms.caller(call.from);
    this.#noise = {
      in: keepVoice ? null : new VoiceNoise(),
      out: keepVoice || !agentEchoes ? null : new VoiceNoise(),
    };
  }

  header(recordedAt: Date): string {
    const { call, pseudonyms, keepVoice } = this.#options;
    const attestation = call.attestation === null ? {} : { StirVerstat: pseudonyms.text(call.attestation) };
    return lineOf({
      format: 'bayline-stream',
      version: 1,
      recorded_at: recordedAt.toISOString(),
      hop: call.hop,
      form: { CallSid: pseudonyms.text(call.callSid), From: this.#caller, ...attestation },
      twiml: null,
      voice: keepVoice ? 'kept' : 'replaced',
    });
  }

  line(happening: Happening): string {
    const t = Math.round(happening.at * 10) / 10;
    if (happening.what === 'note') return lineOf({ t, ...happening.note });
    if (happening.what === 'end') return lineOf({ t, end: happening.how });
    if (happening.what === 'truncated') return lineOf({ t, truncated: true });
    const { what, text } = happening;
    try {
      return lineOf({ t, [what]: this.#message(JSON.parse(text), this.#noise[what]) });
    } catch {
      return lineOf({ t, [`${what}_text`]: this.#oddText(text) });
    }
  }

  /** Throws for what is no JSON object, and for one nested too deeply to be walked. */
  #message(message: unknown, noise: VoiceNoise | null): object {
    if (!isObject(message)) throw new TypeError('A stream message is a JSON object');
    const { pseudonyms } = this.#options;
    const { media } = message;
    if (!isObject(media) || typeof media.payload !== 'string') return pseudonyms.object(message);
    const rest = pseudonyms.object({ ...message, media: null });
    // The audio apart: base64 may look like a phone number.
    const payload = this.#audio(media.payload, noise);
    return { ...rest, media: { ...pseudonyms.object({ ...media, payload: '' }), payload } };
  }

  #audio(payload: string, noise: VoiceNoise | null): string {
    if (!BASE64.test(payload)) return noise ? '' : this.#options.pseudonyms.text(payload);
    return noise ? noise.replace(Buffer.from(payload, 'base64')).toString('base64') : payload;
  }

  #oddText(text: string): string {
    const hidden = this.#options.pseudonyms.text(text);
    // Where it is no JSON, a number may be spelt in any way.
    return hidden.replace(/\d{7,}/g, (digits) => '0'.repeat(digits.length)).slice(0, MAX_ODD_TEXT);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

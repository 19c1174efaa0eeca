import { FRAME_BYTES, SAMPLE_RATE } from '../../audio/mulaw.js';

/** Twilio's first message on every stream. */
export const CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}';
/** Milliseconds of one frame. */
export const FRAME_MS = (FRAME_BYTES * 1000) / SAMPLE_RATE;
/** Live streams do not begin at 0: Twilio's first frame has waited in a jitter buffer. */
const FIRST_TIMESTAMP_MS = 60;

/** Which stream of which call. */
export interface StreamIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
}

/**
 * Writes what Twilio would send on one stream, with its fields in Twilio's order. All messages share one sequence, which
 * begins with `start` at 1; every number but those of `mediaFormat` is a string
 * (twilio.com/docs/voice/media-streams/websocket-messages).
 */
export class CallerMessages {
  readonly #identity: StreamIdentity;
  #sequence = 0;
  #frames = 0;

  constructor(identity: StreamIdentity) {
    this.#identity = identity;
  }

  start(customParameters: Readonly<Record<string, string>>): string {
    const { accountSid, callSid, streamSid } = this.#identity;
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: SAMPLE_RATE, channels: 1 };
    const tracks = ['inbound'];
    return this.#message('start', { accountSid, streamSid, callSid, tracks, mediaFormat, customParameters });
  }

  /** The next frame of 20 ms; its time is counted in frames. */
  media(frame: Uint8Array): string {
    const timestamp = FIRST_TIMESTAMP_MS + this.#frames * FRAME_MS;
    this.#frames += 1;
    return this.#message('media', {
      track: 'inbound',
      chunk: String(this.#frames),
      timestamp: String(timestamp),
      payload: base64Of(frame),
    });
  }

  dtmf(digit: string): string {
    return this.#message('dtmf', { track: 'inbound_track', digit });
  }

  mark(name: string): string {
    return this.#message('mark', { name });
  }

  stop(): string {
    const { accountSid, callSid } = this.#identity;
    return this.#message('stop', { accountSid, callSid });
  }

  #message(event: string, body: object): string {
    this.#sequence += 1;
    const { streamSid } = this.#identity;
    return JSON.stringify({ event, sequenceNumber: String(this.#sequence), [event]: body, streamSid });
  }
}

/** What the gateway can ask for. `odd`: what Twilio would not act on. */
type AgentMessage =
  | { readonly event: 'media'; readonly audio: Uint8Array<ArrayBuffer> }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' }
  | { readonly event: 'odd'; readonly why: string };

/** Reads a message of the gateway. Never throws. */
export function readAgentMessage(text: string, streamSid: string): AgentMessage {
  try {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) return odd('no JSON object');
    if (message.streamSid !== streamSid) return odd('another streamSid');
    if (message.event === 'clear') return { event: 'clear' };
    const { media, mark } = message;
    if (message.event === 'media' && isObject(media) && typeof media.payload === 'string')
      return { event: 'media', audio: bytesOf(media.payload) };
    if (message.event === 'mark' && isObject(mark) && typeof mark.name === 'string')
      return { event: 'mark', name: mark.name };
    return odd(`no message that Twilio knows: ${String(message.event)}`);
  } catch {
    return odd('neither JSON nor base64');
  }
}

/** A SID as Twilio makes them: two letters and 32 hexadecimal digits. */
export function newSid(prefix: 'AC' | 'MZ'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function odd(why: string): AgentMessage {
  return { event: 'odd', why };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

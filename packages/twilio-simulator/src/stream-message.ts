import { BYTES_PER_MS, FRAME_BYTES, SILENCE } from './audio/mulaw.js';

/** The identity of one stream, constant for all its messages. */
export interface StreamIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
}

export const CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}';

/** A frame of the caller. */
export const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** Live streams do not begin at 0: the first frame waits in Twilio's jitter buffer. */
export const FIRST_TIMESTAMP_MS = 60;
/** A frame of silence as it is sent, base64. */
export const SILENT_PAYLOAD = Buffer.alloc(FRAME_BYTES, SILENCE).toString('base64');

/**
 * Writes Twilio's messages of one stream. All share one sequence that starts at 1 with `start`; every number but
 * those of mediaFormat is a string (twilio.com/docs/voice/media-streams/websocket-messages).
 */
export class StreamMessages {
  readonly #identity: StreamIdentity;
  #sequence = 0;
  #chunk = 0;

  constructor(identity: StreamIdentity) {
    this.#identity = identity;
  }

  start(customParameters: Readonly<Record<string, string>>): string {
    const { accountSid, callSid, streamSid } = this.#identity;
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    return this.#message('start', {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat,
      customParameters,
    });
  }

  /** `timestampMs` counts from the start of the stream; `payload` is base64. Written by hand: 50 a second for every call. */
  media(timestampMs: number, payload: string): string {
    this.#sequence += 1;
    this.#chunk += 1;
    const body = `{"track":"inbound","chunk":"${this.#chunk}","timestamp":"${timestampMs}","payload":"${payload}"}`;
    return `{"event":"media","sequenceNumber":"${this.#sequence}","media":${body},"streamSid":"${this.#identity.streamSid}"}`;
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

  /** An event that Twilio does not know today. */
  unknown(event: string, body: object): string {
    return this.#message(event, body);
  }

  #message(event: string, body: object): string {
    this.#sequence += 1;
    const { streamSid } = this.#identity;
    return JSON.stringify({ event, sequenceNumber: String(this.#sequence), [event]: body, streamSid });
  }
}

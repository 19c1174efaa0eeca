/** The messages of one stream as Twilio sends them (twilio.com/docs/voice/media-streams/websocket-messages). */
export class StreamMessages {
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid = 'AC0123456789abcdef0123456789abcdef';
  #sequence = 0;

  constructor(streamSid = streamSidOf(1), callSid = callSidOf(1)) {
    this.streamSid = streamSid;
    this.callSid = callSid;
  }

  connected() {
    return { event: 'connected', protocol: 'Call', version: '1.0.0' };
  }

  start() {
    return {
      ...this.#head('start'),
      start: {
        streamSid: this.streamSid,
        accountSid: this.accountSid,
        callSid: this.callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { hop: '0' },
      },
    };
  }

  media(audio: Buffer = Buffer.alloc(160, 0xff), timestampMs = 20) {
    const payload = audio.toString('base64');
    return {
      ...this.#head('media'),
      media: { track: 'inbound', chunk: '1', timestamp: String(timestampMs), payload },
    };
  }

  dtmf(digit: string) {
    return { ...this.#head('dtmf'), dtmf: { track: 'inbound_track', digit } };
  }

  mark(name: string) {
    return { ...this.#head('mark'), mark: { name } };
  }

  stop() {
    return { ...this.#head('stop'), stop: { accountSid: this.accountSid, callSid: this.callSid } };
  }

  #head(event: string) {
    this.#sequence += 1;
    return { event, sequenceNumber: String(this.#sequence), streamSid: this.streamSid };
  }
}

export function callSidOf(index: number): string {
  return `CA${index.toString(16).padStart(32, '0')}`;
}

export function streamSidOf(index: number): string {
  return `MZ${index.toString(16).padStart(32, '0')}`;
}

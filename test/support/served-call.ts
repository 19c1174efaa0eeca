import type { WebSocket } from 'ws';
import { writeWav } from '../../packages/twilio-simulator/src/audio/wav.js';
import { decode } from '../../src/audio/mulaw.js';

/** What can be wrong with a media stream server, one at a time. */
export type Fault =
  | 'binary'
  | 'not-json'
  | 'unknown-event'
  | 'missing-payload'
  | 'extra-field'
  | 'snake-case-sid'
  | 'other-calls-sid'
  | 'before-start'
  | 'url-base64'
  | 'wav-header'
  | 'linear-pcm'
  | 'ragged-chunks'
  | 'ten-minutes'
  | 'repeated-mark'
  | 'empty-mark'
  | 'speaks-on-after-clear'
  | 'no-clear'
  | 'closes-before-last-mark'
  | 'ignores-stop'
  | 'speaks-after-stop'
  | 'leaves-socket-open'
  | 'second-call-dead'
  | 'one-call-at-a-time'
  | 'dies-of-unknown-event'
  | 'dies-of-extra-field'
  | 'ends-in-silence'
  | 'crashes-on-key'
  | 'no-pong'
  | 'subprotocol'
  | 'refuses';

const MESSAGE_BYTES = 800;
/** So long before what was sent has been heard comes the rest. */
const LEAD_MS = 200;
const SILENCE_LIMIT_MS = 1000;

/** Speech-like bytes that never repeat, the same for the same seed. */
export function speechLike(bytes: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Uint8Array.from({ length: bytes }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const loudness = 0x20 + ((state >>> 16) & 0x3f);
      return (state >>> 30) & 1 ? loudness : loudness | 0x80;
    }),
  );
}

type Message = Readonly<Record<string, unknown>>;

/** One call of a server: greets, answers keys, is interrupted, says goodbye on 9; and does one thing wrong. */
export class ServedCall {
  readonly #socket: WebSocket;
  readonly #fault: Fault | null;
  #isSilent: boolean;
  #streamSid = '';
  #utterances = 0;
  #speaksUntil = 0;
  #loudFrames = 0;
  #goodbye: string | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  #silence: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, fault: Fault | null, isDead: boolean) {
    this.#socket = socket;
    this.#fault = fault;
    this.#isSilent = isDead;
    if (fault === 'before-start') this.#sendText({ event: 'clear', streamSid: '' });
    socket.on('message', (data) => this.#received(JSON.parse(data.toString())));
  }

  fallSilent(): void {
    this.#isSilent = true;
  }

  /** Nothing more is said of what was begun. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** The socket is closed. */
  close(): void {
    this.end();
    clearTimeout(this.#silence);
  }

  #received(message: Message): void {
    if (this.#fault === 'dies-of-extra-field' && 'conformance' in message) return this.#socket.close(1007);
    switch (message.event) {
      case 'connected':
        return;
      case 'start':
        this.#streamSid = String(message.streamSid);
        this.#watchSilence();
        return this.#greet();
      case 'media':
        this.#watchSilence();
        return this.#listen(field(message.media, 'payload'));
      case 'dtmf':
        return this.#onKey(field(message.dtmf, 'digit'));
      case 'mark':
        if (field(message.mark, 'name') === this.#goodbye) this.#socket.close(1000);
        return;
      case 'stop':
        return this.#onStop();
      default:
        if (this.#fault === 'dies-of-unknown-event') this.#socket.close(1003);
    }
  }

  #greet(): void {
    if (this.#fault === 'binary') this.#socket.send(Buffer.from([1, 2, 3]));
    if (this.#fault === 'not-json') this.#socket.send('hello');
    if (this.#fault === 'unknown-event') this.#send({ event: 'speak' });
    if (this.#fault === 'missing-payload') this.#send({ event: 'media', media: {} });
    if (this.#fault === 'ten-minutes') this.#sendElevenMinutes();
    // What is not cleared must last.
    this.#say(speechLike(this.#fault === 'no-clear' ? 48_000 : 16_000, 1));
  }

  #sendElevenMinutes(): void {
    const minute = Buffer.alloc(60 * 8000, 0x6f).toString('base64');
    for (let i = 0; i < 11; i++) this.#send({ event: 'media', media: { payload: minute } });
  }

  #listen(payload: string): void {
    const samples = decode(Buffer.from(payload, 'base64'));
    const isLoud = samples.some((sample) => Math.abs(sample) > 2000);
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0;
    if (this.#loudFrames === 5 && this.#interrupt()) this.#say(speechLike(3200, 7));
  }

  #onKey(digit: string): void {
    if (this.#fault === 'crashes-on-key') return this.#socket.terminate();
    this.#interrupt();
    const name = this.#say(speechLike(3200, 100 + digit.charCodeAt(0)));
    if (digit !== '9') return;
    this.#goodbye = name;
    if (this.#fault !== 'closes-before-last-mark') return;
    this.#send({ event: 'mark', mark: { name } });
    this.#socket.close(1000);
  }

  #onStop(): void {
    this.end();
    if (this.#fault === 'ignores-stop') return;
    if (this.#fault !== 'speaks-after-stop') return this.#socket.close(1000);
    this.#later(1200, () => {
      this.#sendAudio(speechLike(160, 3));
      this.#socket.close(1000);
    });
  }

  /** Returns whether there was something to interrupt. */
  #interrupt(): boolean {
    if (performance.now() >= this.#speaksUntil || this.#fault === 'no-clear') return false;
    this.#speaksUntil = 0;
    this.end();
    this.#send({ event: 'clear' });
    if (this.#fault === 'speaks-on-after-clear')
      this.#sendAudio(speechLike(16_000, 1).subarray(12_800, 14_400));
    return true;
  }

  /** Four fifths at once, and the rest before they have been heard. Returns the name of the mark behind it. */
  #say(speech: Buffer): string {
    this.#utterances += 1;
    const name = this.#markName();
    if (this.#isSilent) return name;
    const audio = this.#coded(speech);
    const [now, later] = [audio.subarray(0, audio.length * 0.8), audio.subarray(audio.length * 0.8)];
    this.#speaksUntil = Math.max(this.#speaksUntil, performance.now()) + audio.length / 8;
    this.#sendAudio(now);
    if (this.#fault === 'repeated-mark') this.#send({ event: 'mark', mark: { name } });
    this.#later(now.length / 8 - LEAD_MS, () => {
      this.#sendAudio(later);
      this.#send({ event: 'mark', mark: { name } });
    });
    return name;
  }

  #markName(): string {
    if (this.#fault === 'empty-mark') return '';
    return this.#fault === 'repeated-mark' ? 'end' : `utterance-${this.#utterances}`;
  }

  #coded(speech: Buffer): Buffer {
    if (this.#fault === 'wav-header') return writeWav({ sampleRate: 8000, channels: [decode(speech)] });
    if (this.#fault !== 'linear-pcm') return speech;
    const samples = decode(speech).map((sample) => sample >> 4);
    return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  }

  #sendAudio(audio: Buffer): void {
    const step = this.#fault === 'ragged-chunks' ? 100 : MESSAGE_BYTES;
    for (let at = 0; at < audio.length; at += step) {
      const piece = audio.subarray(at, at + step);
      const payload = piece.toString(this.#fault === 'url-base64' ? 'base64url' : 'base64');
      const more = this.#fault === 'extra-field' ? { track: 'outbound' } : {};
      this.#send({ event: 'media', media: { payload, ...more } });
    }
  }

  #send(message: Message): void {
    if (this.#fault === 'snake-case-sid') return this.#sendText({ ...message, stream_sid: this.#streamSid });
    const streamSid = this.#fault === 'other-calls-sid' ? `MZ${'0'.repeat(32)}` : this.#streamSid;
    this.#sendText({ ...message, streamSid });
  }

  #sendText(message: Message): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #watchSilence(): void {
    if (this.#fault !== 'ends-in-silence') return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.close(1000), SILENCE_LIMIT_MS);
  }

  #later(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms));
  }
}

function field(body: unknown, name: string): string {
  const value =
    typeof body === 'object' && body !== null ? Object.entries(body).find(([key]) => key === name) : null;
  return String(value?.[1] ?? '');
}

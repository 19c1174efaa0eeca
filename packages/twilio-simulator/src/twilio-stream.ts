import { WebSocket } from 'ws';
import { BYTES_PER_MS } from './audio/mulaw.js';
import type { CallerVoice } from './caller-voice.js';
import { type Breach, readGatewayMessage } from './gateway-message.js';
import { PlayoutBuffer } from './playout-buffer.js';
import type { ServerMessage } from './server-message.js';
import { endOfClose, endOfError, endOfRefusal, type StreamEnd } from './stream-end.js';
import {
  CONNECTED,
  FIRST_TIMESTAMP_MS,
  FRAME_MS,
  SILENT_PAYLOAD,
  type StreamIdentity,
  StreamMessages,
} from './stream-message.js';
import type { Ticker } from './ticker.js';

export interface TwilioStreamOptions extends StreamIdentity {
  readonly url: URL;
  readonly signature: string | null;
  /** As for the webhooks. */
  readonly ca?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly ticker: Ticker;
  readonly voice: CallerVoice;
  /** Some carriers send no frames while the caller is silent: `false` leaves gaps in the timestamps. */
  readonly sendSilence: boolean;
}

/** What happens on a stream. Times are the ticker's, in milliseconds. */
export interface StreamListener {
  onStarted(now: number): void;
  /** Audio has arrived from the gateway; it will sound when what is before it has been played. */
  onAudio(audio: Buffer, now: number): void;
  onPlayed(audio: Buffer, soundedAt: number): void;
  onSaid(frame: Buffer, saidAt: number): void;
  onMark(name: string, played: boolean): void;
  onClear(lostBytes: number): void;
  onBreach(breach: Breach): void;
  /** The socket is closed; `unplayedBytes` of the agent's audio were never heard. */
  onEnded(end: StreamEnd, unplayedBytes: number): void;
}

const HANDSHAKE_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const MAX_UNSENT_BYTES = 256 * 1024;

/** Twilio's end of one media stream, from the handshake to the close of the socket. */
export class TwilioStream {
  readonly #options: TwilioStreamOptions;
  readonly #listener: StreamListener;
  readonly #socket: WebSocket;
  readonly #messages: StreamMessages;
  readonly #playout: PlayoutBuffer;
  #leaveTicker: () => void = () => {};
  #closeTimer: NodeJS.Timeout | undefined;
  #startedAt: number | null = null;
  #framesDue = 0;
  #stopping = false;
  #congested = false;
  #end: StreamEnd | null = null;

  constructor(options: TwilioStreamOptions, listener: StreamListener) {
    this.#options = options;
    this.#listener = listener;
    this.#messages = new StreamMessages(options);
    this.#playout = new PlayoutBuffer({
      onPlayed: (audio, sample) => listener.onPlayed(audio, this.#timeOf(sample)),
      onMark: (name, played) => this.#returnMark(name, played),
    });
    this.#socket = this.#connect();
  }

  get started(): boolean {
    return this.#startedAt !== null;
  }

  /** Everything that the gateway sent has been played or cleared, and its marks are back. */
  get quiet(): boolean {
    return this.#playout.idle;
  }

  press(digit: string): void {
    this.#send(this.#messages.dtmf(digit));
  }

  /** The caller hangs up: `stop`, then the close handshake. */
  stop(): void {
    this.#stopping = true;
    this.#end ??= { how: 'stopped', error: null, detail: 'the caller hung up' };
    if (this.started) this.#send(this.#messages.stop());
    this.#socket.close(1000);
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
  }

  /** The network breaks: no `stop`, no close handshake. */
  cut(): void {
    this.#stopping = true;
    this.#end ??= { how: 'broken', error: 31903, detail: 'the network was cut' };
    this.#socket.terminate();
  }

  #connect(): WebSocket {
    const { url, signature, ca } = this.#options;
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      ca,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headers: signature === null ? {} : { 'X-Twilio-Signature': signature },
    });
    socket.on('open', () => this.#opened());
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('unexpected-response', (_request, response) => {
      this.#end ??= endOfRefusal(response.statusCode ?? 0);
      response.resume();
      socket.terminate();
    });
    socket.on('error', (error) => {
      this.#end ??= endOfError(error, this.started);
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    return socket;
  }

  // `start` goes out with the next tick, so that anything the gateway sends before it can be told apart.
  #opened(): void {
    this.#send(CONNECTED);
    if (this.#stopping) return;
    this.#leaveTicker = this.#options.ticker.add((now) => this.#tick(now));
  }

  #tick(now: number): void {
    if (this.#stopping) return;
    if (this.#startedAt === null) {
      this.#startedAt = now;
      this.#send(this.#messages.start(this.#options.parameters));
      this.#listener.onStarted(now);
    }
    this.#playout.advance(this.#sampleOf(now));
    const due = Math.floor((now - this.#startedAt) / FRAME_MS);
    while (this.#framesDue < due) this.#sendFrame();
  }

  #sendFrame(): void {
    const offset = this.#framesDue * FRAME_MS;
    this.#framesDue += 1;
    const frame = this.#options.voice.nextFrame();
    if (frame) this.#listener.onSaid(frame, (this.#startedAt ?? 0) + offset);
    else if (!this.#options.sendSilence) return;
    const timestamp = FIRST_TIMESTAMP_MS + offset;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) this.#discardFrame();
    else this.#send(this.#messages.media(timestamp, frame?.toString('base64') ?? SILENT_PAYLOAD));
  }

  #discardFrame(): void {
    if (this.#congested) return;
    this.#congested = true;
    this.#breach(31930, 'The gateway reads too slowly; audio of the caller was discarded');
  }

  #received(data: WebSocket.RawData, isBinary: boolean): void {
    if (this.#stopping) return;
    if (!this.started) this.#breach(31951, 'A message came before start');
    else if (isBinary) this.#breach(31950, 'A binary message came; Twilio takes text only');
    else this.#act(readGatewayMessage(data.toString(), this.#options.streamSid));
  }

  #act(message: ServerMessage | Breach): void {
    const now = this.#options.ticker.now();
    const sample = this.#sampleOf(now);
    if ('code' in message) this.#breach(message.code, message.message);
    else if (message.event === 'mark') this.#playout.mark(message.name, sample);
    else if (message.event === 'clear') this.#listener.onClear(this.#playout.clear(sample));
    else this.#queue(message.audio, sample, now);
  }

  #queue(audio: Buffer, sample: number, now: number): void {
    const lost = this.#playout.push(audio, sample);
    this.#listener.onAudio(audio, now);
    if (lost > 0) this.#breach(31931, 'More than 10 minutes of audio wait; the rest was discarded');
  }

  #breach(code: number, message: string): void {
    this.#listener.onBreach({ code, message });
  }

  #returnMark(name: string, played: boolean): void {
    this.#send(this.#messages.mark(name));
    this.#listener.onMark(name, played);
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#closeTimer);
    this.#leaveTicker();
    this.#playout.advance(this.#sampleOf(this.#options.ticker.now()));
    this.#listener.onEnded(this.#end ?? endOfClose(code, reason), this.#playout.queuedBytes);
  }

  #send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #sampleOf(now: number): number {
    return Math.floor((now - (this.#startedAt ?? now)) * BYTES_PER_MS);
  }

  #timeOf(sample: number): number {
    return (this.#startedAt ?? 0) + sample / BYTES_PER_MS;
  }
}

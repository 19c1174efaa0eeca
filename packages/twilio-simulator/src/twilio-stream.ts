import { BYTES_PER_MS } from './audio/mulaw.js';
import type { CallerVoice } from './caller-voice.js';
import { ClientSocket } from './client-socket.js';
import { PlayoutBuffer } from './playout-buffer.js';
import { type ReadMessage, readServerMessage, type ServerMessage } from './server-message.js';
import type { StreamEnd } from './stream-end.js';
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
  readonly headers: Readonly<Record<string, string>>;
  /** The authority that vouches for the gateway's certificate, PEM; Node's usual ones when absent. */
  readonly ca?: string | undefined;
  /** How long the handshake may take; 5 s when absent. */
  readonly handshakeMs?: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly ticker: Ticker;
  readonly voice: CallerVoice;
  /** Some carriers send no frames while the caller is silent: `false` leaves gaps in the timestamps. */
  readonly sendSilence: boolean;
  /** How long after the handshake `start` is sent at the earliest; with the next tick when absent. */
  readonly startAfterMs?: number;
  /** What becomes of each message before it is sent. */
  readonly rewrite?: (text: string) => string;
}

/** What happens on a stream. Times are the ticker's, in milliseconds. */
export interface StreamListener {
  onOpened?(): void;
  onStarted(now: number): void;
  /** A text message; whether it is acted on. Before `start` none is. */
  onMessage(read: ReadMessage, isStarted: boolean): boolean;
  onBinary(bytes: number, isStarted: boolean): void;
  onPong?(): void;
  /** Audio has arrived from the gateway; it will sound when what is before it has been played. */
  onAudio?(audio: Buffer, now: number): void;
  onPlayed?(audio: Buffer, soundedAt: number): void;
  onSaid?(frame: Buffer, saidAt: number): void;
  onMark?(name: string, played: boolean): void;
  onClear?(lostBytes: number): void;
  /** Audio was thrown away: the caller's because the gateway does not read (told once), or the agent's because too much of it waits. */
  onDiscarded?(whose: 'caller' | 'agent'): void;
  /** A tick or a message has been dealt with. */
  onProgress?(): void;
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
  readonly #socket: ClientSocket;
  readonly #messages: StreamMessages;
  readonly #playout: PlayoutBuffer;
  #leaveTicker: () => void = () => {};
  #closeTimer: NodeJS.Timeout | undefined;
  #startAt = 0;
  #startedAt: number | null = null;
  #framesDue = 0;
  /** No frame and no mark goes out any more. */
  #isSilent = false;
  /** Whatever comes, nothing is made of it. */
  #isOver = false;
  #isCongested = false;
  #end: StreamEnd | null = null;

  constructor(options: TwilioStreamOptions, listener: StreamListener) {
    const { url, headers, ca, handshakeMs = HANDSHAKE_TIMEOUT_MS } = options;
    this.#options = options;
    this.#listener = listener;
    this.#messages = new StreamMessages(options);
    this.#playout = new PlayoutBuffer({
      onPlayed: (audio, sample) => listener.onPlayed?.(audio, (this.#startedAt ?? 0) + sample / BYTES_PER_MS),
      onMark: (name, played) => this.#returnMark(name, played),
    });
    this.#socket = new ClientSocket(
      { url, headers, ca, handshakeMs },
      {
        onOpened: () => this.#opened(),
        onText: (text) => this.#received(text),
        onBinary: (bytes) => {
          if (!this.#isOver) listener.onBinary(bytes, this.started);
        },
        onPong: () => listener.onPong?.(),
        onClosed: (end) => this.#closed(end),
      },
    );
  }

  get started(): boolean {
    return this.#startedAt !== null;
  }

  /** 0 before the start. */
  get msSinceStart(): number {
    const now = this.#options.ticker.now();
    return now - (this.#startedAt ?? now);
  }

  /** Everything that the gateway sent has been played or cleared, and its marks are back. */
  get quiet(): boolean {
    return this.#playout.idle;
  }

  get pendingMarks(): number {
    return this.#playout.pendingMarks;
  }

  /** The gateway has sent a close frame, or the connection is gone. */
  get isClosing(): boolean {
    return this.#socket.isClosing;
  }

  press(digit: string): void {
    this.#send(this.#messages.dtmf(digit));
  }

  /** An event that Twilio does not know today. */
  sendUnknown(event: string, body: object): void {
    this.#send(this.#messages.unknown(event, body));
  }

  ping(): void {
    this.#socket.ping();
  }

  /** The caller hangs up: `stop`, then the close handshake. */
  hangUp(): void {
    this.#isOver = true;
    this.#end ??= { how: 'stopped', error: null, detail: 'the caller hung up' };
    if (this.started) this.sendStop();
    this.close();
    this.#closeTimer = setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS);
  }

  /** The network breaks: no `stop`, no close handshake. */
  cut(): void {
    this.#isOver = true;
    this.#end ??= { how: 'broken', error: 31903, detail: 'the network was cut' };
    this.terminate();
  }

  /** The first of the steps in which a caller hangs up; each can be taken alone. */
  sendStop(): void {
    this.#send(this.#messages.stop());
    this.#isSilent = true;
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** The caller's half of the connection ends without `stop` and without a close frame. */
  endConnection(): void {
    this.#isSilent = true;
    this.#socket.endConnection();
  }

  // `start` goes out with a tick, so that anything the gateway sends before it can be told apart.
  #opened(): void {
    const { ticker, startAfterMs = 0 } = this.#options;
    this.#listener.onOpened?.();
    this.#socket.send(CONNECTED);
    if (this.#isOver) return;
    this.#startAt = ticker.now() + startAfterMs;
    this.#leaveTicker = ticker.add((now) => this.#tick(now));
  }

  #tick(now: number): void {
    if (this.#isOver) return;
    if (this.#startedAt === null && now >= this.#startAt) {
      this.#startedAt = now;
      this.#listener.onStarted(now);
      this.#send(this.#messages.start(this.#options.parameters));
    }
    this.#playout.advance(this.#sampleOf(now));
    const due = Math.floor((now - (this.#startedAt ?? now)) / FRAME_MS);
    while (this.#framesDue < due) this.#sendFrame();
    this.#listener.onProgress?.();
  }

  #sendFrame(): void {
    const offset = this.#framesDue * FRAME_MS;
    this.#framesDue += 1;
    const frame = this.#options.voice.nextFrame();
    if (frame) this.#listener.onSaid?.(frame, (this.#startedAt ?? 0) + offset);
    if (this.#isSilent || (!frame && !this.#options.sendSilence)) return;
    const payload = frame?.toString('base64') ?? SILENT_PAYLOAD;
    if (this.#socket.unsentBytes <= MAX_UNSENT_BYTES)
      return this.#send(this.#messages.media(FIRST_TIMESTAMP_MS + offset, payload));
    if (!this.#isCongested) this.#listener.onDiscarded?.('caller');
    this.#isCongested = true;
  }

  #received(text: string): void {
    if (this.#isOver) return;
    const read = readServerMessage(text, this.#options.streamSid);
    const isInOrder = this.#listener.onMessage(read, this.started);
    if (isInOrder && read.message && this.started) this.#act(read.message);
    this.#listener.onProgress?.();
  }

  #act(message: ServerMessage): void {
    const now = this.#options.ticker.now();
    const sample = this.#sampleOf(now);
    if (message.event === 'mark') return this.#playout.mark(message.name, sample);
    if (message.event === 'clear') return this.#listener.onClear?.(this.#playout.clear(sample));
    const lost = this.#playout.push(message.audio, sample);
    this.#listener.onAudio?.(message.audio, now);
    if (lost > 0) this.#listener.onDiscarded?.('agent');
  }

  #returnMark(name: string, played: boolean): void {
    if (!this.#isSilent) this.#send(this.#messages.mark(name));
    this.#listener.onMark?.(name, played);
  }

  #closed(end: StreamEnd): void {
    clearTimeout(this.#closeTimer);
    this.#leaveTicker();
    this.#playout.advance(this.#sampleOf(this.#options.ticker.now()));
    this.#listener.onEnded(this.#end ?? end, this.#playout.queuedBytes);
  }

  #send(text: string): void {
    this.#socket.send(this.#options.rewrite?.(text) ?? text);
  }

  #sampleOf(now: number): number {
    return Math.floor((now - (this.#startedAt ?? now)) * BYTES_PER_MS);
  }
}

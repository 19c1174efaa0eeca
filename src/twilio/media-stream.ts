import { afterReading, GatewayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { type InboundMessage, MediaFastPath, parseMessage, type StartMessage } from './messages.js';
import { RepeatedKeys } from './repeated-keys.js';
import type { StreamEnd, StreamObserver } from './stream-observer.js';
import type { PlaybackOutput, StreamListener, StreamSocket } from './stream-sides.js';

export interface MediaStreamOptions {
  /** A stream without a valid `start` by then is closed with 1008. */
  readonly startTimeoutMs: number;
  /**
   * A stream without any message for that long is dead. Some lines send no frames while the caller is silent, and a sentence of the agent may be longer than
   * this time: as long as messages of ours go out it is enough that the peer answers a ping.
   */
  readonly idleTimeoutMs: number;
  /** Absent: nobody watches. */
  readonly observer?: StreamObserver | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const OPEN = 1;
const TOO_BIG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
/** A peer that sends that many messages we cannot act on is no Twilio. */
const MAX_MALFORMED = 20;
const MAX_OUT_OF_ORDER = 3;
/** Whoever reads answers a ping long before that. */
const PONG_WITHIN_MS = 8000;
/** Twilio reads at real time: so much unsent (a minute of audio) means that nobody reads. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** One WebSocket as typed messages, with deadlines and limits. A fault in the listener closes this stream with 1011 and reaches no other. */
export class MediaStream implements PlaybackOutput {
  readonly #socket: StreamSocket;
  readonly #options: MediaStreamOptions;
  #listener: StreamListener;
  /** Null before the start. */
  #usualMedia: MediaFastPath | null = null;
  readonly #repeatedKeys = new RepeatedKeys();
  #streamSid = '';
  #mediaHead = '';
  #end: StreamEnd | null = null;
  #ended = false;
  #malformed = 0;
  #outOfOrder = 0;
  #lastMessageAt = performance.now();
  #lastSentAt = 0;
  #lastPongAt = 0;
  #timer: NodeJS.Timeout;
  #probe: NodeJS.Timeout | undefined;

  constructor(socket: StreamSocket, options: MediaStreamOptions, listener: StreamListener) {
    this.#socket = socket;
    this.#options = options;
    this.#listener = listener;
    const giveUp = () => this.#usualMedia ?? this.close(1008, 'no start message in time');
    this.#timer = afterReading(options.startTimeoutMs, giveUp);
    socket.on('message', (data, isBinary) => this.guard(() => this.#onMessage(data, isBinary)));
    socket.on('close', () => this.#onClose());
    socket.on('pong', () => this.#onPong());
    // A protocol error (too big, bad UTF-8) is followed by 'close'; without a listener it would end the process.
    socket.on('error', (error) =>
      this.#drop('code' in error && error.code === TOO_BIG ? 'too_big' : 'protocol'),
    );
  }

  /** From now on this one is told instead. */
  handTo(listener: StreamListener): void {
    this.#listener = listener;
  }

  // What goes out has exactly the documented fields: an extra one makes Twilio ignore the message and report warning 31951 once
  // per stream. SIDs and base64 need no escaping in JSON.

  /** `audio`: raw mu-law, 8 kHz, without any header. */
  sendMedia(audio: Buffer): void {
    this.#send(`${this.#mediaHead}${audio.toString('base64')}"}}`);
  }

  sendMark(name: string): void {
    this.#send(JSON.stringify({ event: 'mark', streamSid: this.#streamSid, mark: { name } }));
  }

  sendClear(): void {
    this.#send(JSON.stringify({ event: 'clear', streamSid: this.#streamSid }));
  }

  /** See {@link StreamSocket.readLater}. */
  readLater(ms: number): void {
    this.#socket.readLater?.(ms);
  }

  /** Something makes us doubt that the peer still reads: if it does not answer a ping within 8 s, the stream is dead. */
  probe(): void {
    if (this.#probe || this.#socket.readyState !== OPEN) return;
    const giveUp = () => this.#probe && this.#giveUp('the peer has stopped reading');
    this.#probe = afterReading(PONG_WITHIN_MS, giveUp);
    this.#socket.ping();
  }

  /** Work of this stream's call that a socket or a timer begins: what it throws, or rejects with, closes this stream alone, with 1011. */
  guard(work: () => unknown): void {
    try {
      const done = work();
      if (done instanceof Promise) done.catch((error) => this.#onFault(error));
    } catch (error) {
      this.#onFault(error);
    }
  }

  /** Closes the stream; Twilio then goes on with the call's next TwiML. `reason`: for whoever debugs the wire. */
  close(code: number, reason: string): void {
    this.#end ??= 'closed';
    if (this.#socket.readyState !== OPEN) return;
    clearTimeout(this.#timer);
    this.#endProbe();
    this.#socket.close(code, reason);
    this.#timer = setTimeout(() => this.#socket.terminate(), 3000);
  }

  #send(text: string): void {
    if (!this.#usualMedia || this.#socket.readyState !== OPEN) return;
    this.#lastSentAt = performance.now();
    this.#options.observer?.sent(text);
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) this.#giveUp('the peer has stopped reading');
  }

  #onMessage(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): void {
    if (this.#end) return;
    this.#lastMessageAt = performance.now();
    if (isBinary) {
      this.#drop('binary');
      return this.close(1003, 'only text frames are understood');
    }
    this.#options.observer?.received(String(data));
    const usual = Buffer.isBuffer(data) ? this.#usualMedia?.read(data) : null;
    const message = usual ?? this.#parse(String(data));
    if (message) this.#dispatch(message);
  }

  #onFault(error: unknown): void {
    this.#options.logger.error({ err: error }, 'A fault in a call; its stream is closed');
    this.close(1011, 'internal error');
  }

  #parse(text: string): InboundMessage | null {
    try {
      return parseMessage(text);
    } catch (error) {
      this.#drop('malformed');
      this.#malformed += 1;
      const what = error instanceof GatewayError ? error.message : 'Malformed stream message';
      this.#options.logger.debug({ what }, 'A stream message was dropped');
      if (this.#malformed > MAX_MALFORMED) this.close(1008, 'too many malformed messages');
      return null;
    }
  }

  #dispatch(message: InboundMessage): void {
    if (message.event === 'connected') return;
    if (message.event === 'unknown') return this.#drop('unknown_event');
    if (message.event === 'start') return this.#onStart(message);
    if (!this.#usualMedia) return this.#onOutOfOrder();
    if (message.streamSid !== this.#streamSid) return this.#drop('wrong_stream');
    switch (message.event) {
      case 'media':
        return this.#listener.onMedia(message.audio, message.timestampMs, this.#lastMessageAt);
      case 'dtmf':
        if (this.#repeatedKeys.has(message)) return this.#drop('repeated_key');
        return this.#listener.onDigit(message.digit);
      case 'outbound':
        return this.#drop('outbound_track');
      case 'mark':
        return this.#listener.onMark(message.name);
      case 'stop':
        this.#end = 'stopped';
        this.close(1000, 'stopped');
        // What a mark of the same read has settled comes first: the caller has heard it.
        setImmediate(() => this.#finish());
    }
  }

  #onStart(start: StartMessage): void {
    if (this.#usualMedia) return this.#onOutOfOrder();
    this.#usualMedia = new MediaFastPath(start.streamSid);
    this.#streamSid = start.streamSid;
    this.#mediaHead = `{"event":"media","streamSid":"${start.streamSid}","media":{"payload":"`;
    clearTimeout(this.#timer);
    this.#watchIdle();
    this.#listener.onStart(start);
  }

  #onOutOfOrder(): void {
    this.#drop('out_of_order');
    this.#outOfOrder += 1;
    if (this.#outOfOrder > MAX_OUT_OF_ORDER) this.close(1008, 'messages out of order');
  }

  // One timer a stream, moved on only when it fires: a frame costs no timer. A peer that has said nothing for half the time is pinged.
  #watchIdle(hasLooked = false): void {
    const [now, { idleTimeoutMs }] = [performance.now(), this.#options];
    const deadInMs = this.#aliveAt + idleTimeoutMs - now;
    if (deadInMs <= 0 && hasLooked) return this.#giveUp('no message for too long');
    if (deadInMs <= 0) return void setImmediate(() => this.#end ?? this.#watchIdle(true));
    const askInMs = Math.max(this.#lastMessageAt, this.#lastPongAt) + idleTimeoutMs / 2 - now;
    if (askInMs <= 0 && this.#socket.readyState === OPEN) this.#socket.ping();
    const nextMs = askInMs > 0 ? askInMs : idleTimeoutMs / 2;
    this.#timer = setTimeout(() => this.#watchIdle(), Math.min(deadInMs, nextMs));
  }

  // Else a peer that only answers pings would be kept for ever: they count no later than our own last message.
  get #aliveAt(): number {
    return Math.max(this.#lastMessageAt, Math.min(this.#lastPongAt, this.#lastSentAt));
  }

  #onPong(): void {
    this.#lastPongAt = performance.now();
    this.#endProbe();
  }

  #giveUp(why: string): void {
    this.#options.logger.warn({ why }, 'A stream is dead; its call waits to be picked up again');
    this.#end ??= 'lost';
    this.#socket.terminate();
  }

  #drop(reason: string): void {
    this.#options.metrics.framesDropped.inc({ reason });
  }

  #endProbe(): void {
    clearTimeout(this.#probe);
    this.#probe = undefined;
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    this.#endProbe();
    this.#finish();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.guard(() => this.#options.observer?.end(this.#end ?? 'lost'));
    this.guard(() => this.#listener.onEnd(this.#end ?? 'lost'));
  }
}

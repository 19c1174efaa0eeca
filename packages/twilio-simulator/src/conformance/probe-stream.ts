import { CallerVoice } from '../caller-voice.js';
import { SimulatorError } from '../error.js';
import { type ReadMessage, readServerMessage } from '../server-message.js';
import type { StreamEnd } from '../stream-end.js';
import {
  CONNECTED,
  FIRST_TIMESTAMP_MS,
  FRAME_MS,
  SILENT_PAYLOAD,
  type StreamIdentity,
  StreamMessages,
} from '../stream-message.js';
import type { Ticker } from '../ticker.js';
import { Waits } from '../waits.js';
import { UNKNOWN_EVENT, withExtraFields } from './additions.js';
import type { Limits } from './limits.js';
import type { Act, CallName, StreamTrace } from './observation.js';
import { PlayoutMeter } from './playout-meter.js';
import { ProbeSocket } from './probe-socket.js';
import type { StreamOver } from './stream-target.js';
import { TraceLog } from './trace-log.js';

export interface ProbeStreamOptions extends StreamIdentity {
  readonly call: CallName;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly ticker: Ticker;
  readonly limits: Limits;
  /** `false`: no frame is sent while the caller is silent. */
  readonly sendSilence: boolean;
  /** Every message carries fields that are not known today. */
  readonly extraFields: boolean;
}

/** Time for a server to send something too early. */
const BEFORE_START_MS = 100;

/** Twilio's end of one stream, which writes down what the server does with it. Nothing here rejects. */
export class ProbeStream {
  readonly #options: ProbeStreamOptions;
  readonly #log: TraceLog;
  readonly #messages: StreamMessages;
  readonly #voice = new CallerVoice();
  readonly #waits = new Waits();
  readonly #earpiece: PlayoutMeter;
  readonly #socket: ProbeSocket;
  #leaveTicker: () => void = () => {};
  #startedAt: number | null = null;
  #framesDue = 0;
  #hasHeard = false;
  #hasPong = false;
  #leaving = false;
  #end: StreamEnd | null = null;
  readonly #over: Promise<StreamOver>;
  #settle: (over: StreamOver) => void = () => {};

  constructor(options: ProbeStreamOptions) {
    const { url, headers, limits } = options;
    this.#options = options;
    this.#log = new TraceLog(options.call, options.ticker);
    this.#over = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#messages = new StreamMessages(options);
    this.#earpiece = new PlayoutMeter((name) => this.#returnMark(name));
    this.#log.note({ kind: 'did', act: 'connect' });
    this.#socket = new ProbeSocket(
      { url, headers, handshakeMs: limits.handshakeMs },
      {
        onOpened: () => this.#opened(),
        onText: (text) => this.#received(readServerMessage(text, options.streamSid)),
        onBinary: (bytes) => this.#log.note({ kind: 'binary', bytes }),
        onPong: () => this.#ponged(),
        onClosed: (end) => this.#closed(end),
      },
    );
  }

  get trace(): StreamTrace {
    return this.#log.trace;
  }

  get isOpen(): boolean {
    return this.#startedAt !== null && this.#end === null;
  }

  /** Settles when `start` has been sent, or the stream did not come about. */
  async untilStarted(): Promise<void> {
    await this.#until(() => this.#startedAt !== null, Number.POSITIVE_INFINITY);
  }

  /** Settles when the server has sent audio; like all that follow also after `ms`, and when the stream is over. */
  async untilHeard(ms: number): Promise<void> {
    await this.#until(() => this.#hasHeard, ms);
  }

  /** The server has been heard for `forMs` without a pause, and still is. */
  async untilSpeakingFor(forMs: number, ms: number): Promise<void> {
    await this.#until(() => this.#earpiece.spokenForMs(this.#sinceStart) >= forMs, ms);
  }

  /** All that the server sent has been played and its marks are back, for `quietMs`. */
  async untilQuiet(quietMs: number, ms: number): Promise<void> {
    await this.#until(() => this.#earpiece.quietForMs(this.#sinceStart) >= quietMs, ms);
  }

  async pause(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }

  press(digit: string): void {
    this.#act('key', () => this.#send(this.#messages.dtmf(digit)));
  }

  /** The caller says this; mu-law. */
  say(speech: Buffer): void {
    this.#act('speech', () => this.#voice.say(speech));
  }

  sendUnknownEvent(): void {
    const { event, body } = UNKNOWN_EVENT;
    this.#act('unknown-event', () => this.#send(this.#messages.unknown(event, body)));
  }

  async ping(): Promise<void> {
    this.#act('ping', () => this.#socket.ping());
    await this.#answer('ping', () => this.#hasPong, this.#options.limits.pongMs);
  }

  /** The caller hangs up: `stop`; the server closes, or we do when it has had its time. Settles when the connection is gone, however it went. */
  async stop(): Promise<StreamOver> {
    this.#act('stop', () => this.#send(this.#messages.stop()));
    this.#leaving = true;
    await this.#answer('stop', () => this.#socket.isClosing, this.#options.limits.stopMs);
    this.#act('close', () => this.#socket.close());
    await this.#answer('close', () => this.#end !== null, this.#options.limits.closeMs);
    return await this.#leave();
  }

  /** The caller's end of the connection is gone, without `stop` and without a close frame. */
  async drop(): Promise<void> {
    this.#act('drop', () => this.#socket.endConnection());
    this.#leaving = true;
    await this.#answer('drop', () => this.#end !== null, this.#options.limits.dropMs);
    await this.#leave();
  }

  get #sinceStart(): number {
    const now = this.#options.ticker.now();
    return now - (this.#startedAt ?? now);
  }

  #opened(): void {
    this.#log.note({ kind: 'opened' });
    this.#socket.send(CONNECTED);
    const startAt = this.#options.ticker.now() + BEFORE_START_MS;
    this.#leaveTicker = this.#options.ticker.add((now) => {
      if (this.#startedAt === null && now >= startAt) this.#start(now);
      this.#earpiece.advance(this.#sinceStart);
      this.#sendFrames();
      this.#waits.check();
    });
  }

  #start(now: number): void {
    this.#startedAt = now;
    this.#log.note({ kind: 'did', act: 'start' });
    if (this.#options.extraFields) this.#log.note({ kind: 'did', act: 'extra-fields' });
    this.#send(this.#messages.start(this.#options.parameters));
  }

  #sendFrames(): void {
    const due = Math.floor(this.#sinceStart / FRAME_MS);
    for (; this.#framesDue < due; this.#framesDue++) {
      const frame = this.#voice.nextFrame();
      if (this.#leaving || (!frame && !this.#options.sendSilence)) continue;
      const timestampMs = FIRST_TIMESTAMP_MS + this.#framesDue * FRAME_MS;
      this.#send(this.#messages.media(timestampMs, frame?.toString('base64') ?? SILENT_PAYLOAD));
    }
  }

  // Like Twilio: a message that is not in order is not acted on.
  #received(read: ReadMessage): void {
    this.#log.note({ kind: 'message', read });
    const { message, faults } = read;
    if (message?.event === 'media') this.#hasHeard = true;
    const inOrder = faults.every(({ kind }) => kind === 'empty-payload' || kind === 'empty-mark-name');
    if (message && inOrder && this.#startedAt !== null) this.#earpiece.play(message, this.#sinceStart);
    this.#waits.check();
  }

  #returnMark(name: string): void {
    if (!this.#leaving) this.#send(this.#messages.mark(name));
  }

  #ponged(): void {
    this.#hasPong = true;
    this.#log.note({ kind: 'pong' });
    this.#waits.check();
  }

  #closed(end: StreamEnd): void {
    this.#leaveTicker();
    this.#earpiece.advance(this.#sinceStart);
    this.#end = end;
    const { pendingMarks } = this.#earpiece;
    const unheardMs = this.#earpiece.unheardMs(this.#sinceStart);
    this.#log.note({ kind: 'ended', end, byServer: !this.#leaving, unheardMs, pendingMarks });
    this.#waits.close('the stream is over');
    this.#settle({ end, byCaller: this.#leaving });
  }

  #act(act: Act, perform: () => void): void {
    if (!this.isOpen) return;
    this.#log.note({ kind: 'did', act });
    perform();
  }

  /** Notes when an act was not answered in time. */
  async #answer(act: Act, answered: () => boolean, waitedMs: number): Promise<void> {
    if (!this.isOpen) return;
    await this.#until(answered, waitedMs);
    if (!answered() && this.isOpen) this.#log.note({ kind: 'in-vain', act, waitedMs });
  }

  async #leave(): Promise<StreamOver> {
    this.#socket.terminate();
    return await this.#over;
  }

  async #until(holds: () => boolean, ms: number): Promise<void> {
    try {
      await this.#waits.until('the stream', () => holds() || undefined, ms);
    } catch (error) {
      // The time is over, or the stream is: what was seen says which.
      if (!(error instanceof SimulatorError)) throw error;
    }
  }

  #send(text: string): void {
    this.#socket.send(this.#options.extraFields ? withExtraFields(text) : text);
  }
}

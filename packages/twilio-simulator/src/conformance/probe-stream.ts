import { CallerVoice } from '../caller-voice.js';
import { SimulatorError } from '../error.js';
import type { ReadMessage } from '../server-message.js';
import type { StreamEnd } from '../stream-end.js';
import type { StreamIdentity } from '../stream-message.js';
import type { Ticker } from '../ticker.js';
import { TwilioStream } from '../twilio-stream.js';
import { Waits } from '../waits.js';
import { UNKNOWN_EVENT, withExtraFields } from './additions.js';
import type { Limits } from './limits.js';
import type { Act, CallName, StreamTrace } from './observation.js';
import { SpeechClock } from './speech-clock.js';
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

/** A stream whose every event is written down. Nothing here rejects. */
export class ProbeStream {
  readonly #options: ProbeStreamOptions;
  readonly #log: TraceLog;
  readonly #voice = new CallerVoice();
  readonly #waits = new Waits();
  readonly #speech = new SpeechClock();
  readonly #stream: TwilioStream;
  #hasHeard = false;
  #hasPong = false;
  #leaving = false;
  #end: StreamEnd | null = null;
  readonly #over: Promise<StreamOver>;
  #settle: (over: StreamOver) => void = () => {};

  constructor(options: ProbeStreamOptions) {
    const { ticker, limits, extraFields } = options;
    this.#options = options;
    this.#log = new TraceLog(options.call, ticker);
    this.#over = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#log.note({ kind: 'did', act: 'connect' });
    this.#stream = new TwilioStream(
      {
        ...options,
        handshakeMs: limits.handshakeMs,
        voice: this.#voice,
        startAfterMs: BEFORE_START_MS,
        ...(extraFields ? { rewrite: withExtraFields } : {}),
      },
      {
        onOpened: () => this.#log.note({ kind: 'opened' }),
        onStarted: () => this.#started(),
        onMessage: (read) => this.#received(read),
        onBinary: (bytes) => this.#log.note({ kind: 'binary', bytes }),
        onPong: () => this.#ponged(),
        onProgress: () => this.#waits.check(),
        onEnded: (end) => this.#closed(end),
      },
    );
  }

  get trace(): StreamTrace {
    return this.#log.trace;
  }

  get isOpen(): boolean {
    return this.#stream.started && this.#end === null;
  }

  /** Settles when `start` has been sent, or the stream did not come about. */
  async untilStarted(): Promise<void> {
    await this.#until(() => this.#stream.started, Number.POSITIVE_INFINITY);
  }

  /** Settles when the server has sent audio; like all that follow also after `ms`, and when the stream is over. */
  async untilHeard(ms: number): Promise<void> {
    await this.#until(() => this.#hasHeard, ms);
  }

  /** The server has been heard for `forMs` without a pause, and still is. */
  async untilSpeakingFor(forMs: number, ms: number): Promise<void> {
    await this.#until(() => this.#speech.spokenForMs(this.#stream.msSinceStart) >= forMs, ms);
  }

  /** All that the server sent has been played and its marks are back, for `quietMs`. */
  async untilQuiet(quietMs: number, ms: number): Promise<void> {
    const quietForMs = () =>
      this.#stream.pendingMarks > 0 ? 0 : this.#speech.silentForMs(this.#stream.msSinceStart);
    await this.#until(() => quietForMs() >= quietMs, ms);
  }

  async pause(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }

  press(digit: string): void {
    this.#act('key', () => this.#stream.press(digit));
  }

  /** The caller says this; mu-law. */
  say(speech: Buffer): void {
    this.#act('speech', () => this.#voice.say(speech));
  }

  sendUnknownEvent(): void {
    const { event, body } = UNKNOWN_EVENT;
    this.#act('unknown-event', () => this.#stream.sendUnknown(event, body));
  }

  async ping(): Promise<void> {
    this.#act('ping', () => this.#stream.ping());
    await this.#answer('ping', () => this.#hasPong, this.#options.limits.pongMs);
  }

  /** The caller hangs up: `stop`; the server closes, or we do when it has had its time. Settles when the connection is gone, however it went. */
  async stop(): Promise<StreamOver> {
    this.#act('stop', () => this.#stream.sendStop());
    this.#leaving = true;
    await this.#answer('stop', () => this.#stream.isClosing, this.#options.limits.stopMs);
    this.#act('close', () => this.#stream.close());
    await this.#answer('close', () => this.#end !== null, this.#options.limits.closeMs);
    return await this.#leave();
  }

  /** The caller's end of the connection is gone, without `stop` and without a close frame. */
  async drop(): Promise<void> {
    this.#act('drop', () => this.#stream.endConnection());
    this.#leaving = true;
    await this.#answer('drop', () => this.#end !== null, this.#options.limits.dropMs);
    await this.#leave();
  }

  #started(): void {
    this.#log.note({ kind: 'did', act: 'start' });
    if (this.#options.extraFields) this.#log.note({ kind: 'did', act: 'extra-fields' });
  }

  // Like Twilio: a message that is not in order is not acted on.
  #received(read: ReadMessage): boolean {
    this.#log.note({ kind: 'message', read });
    const { message, faults } = read;
    if (message?.event === 'media') this.#hasHeard = true;
    const isInOrder = faults.every(({ kind }) => kind === 'empty-payload' || kind === 'empty-mark-name');
    if (message && isInOrder && this.#stream.started) this.#speech.take(message, this.#stream.msSinceStart);
    return isInOrder;
  }

  #ponged(): void {
    this.#hasPong = true;
    this.#log.note({ kind: 'pong' });
    this.#waits.check();
  }

  #closed({ detail, ...how }: StreamEnd): void {
    const end = { ...how, detail: detail.replaceAll('the gateway', 'the server') };
    this.#end = end;
    const { pendingMarks, msSinceStart } = this.#stream;
    const unheardMs = this.#speech.unheardMs(msSinceStart);
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
    this.#stream.terminate();
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
}

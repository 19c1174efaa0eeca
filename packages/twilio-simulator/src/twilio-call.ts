import { CallFlow, type DialResult } from './call-flow.js';
import { newSid } from './call-form.js';
import { CallLine } from './call-line.js';
import { type CallEvent, CallRecord, type CallState } from './call-record.js';
import { SimulatorError } from './error.js';
import type { GatewayAddress } from './gateway-address.js';
import type { Ticker } from './ticker.js';
import { Waits } from './waits.js';
import type { WebhookClient } from './webhook-client.js';

export interface TwilioCallOptions {
  /** E.164, or `anonymous`, `client:…`, `sip:…`. */
  readonly from?: string;
  readonly to?: string;
  readonly callSid?: string;
  readonly accountSid?: string;
  /** STIR/SHAKEN level, or a whole `StirVerstat`; `null` when the carrier sends none. Default `A`. */
  readonly stir?: string | null;
  /** Default true; `false`: no frames while the caller is silent, as on some carriers. */
  readonly sendSilence?: boolean;
  /** Default true; `false` keeps no audio, for load tests. */
  readonly keepAudio?: boolean;
  /** How a `<Dial>` ends; at once. Default `completed`. */
  readonly dialResult?: DialResult;
  /** The sound of a key for the caller's side, mu-law; by default keys are silent, as Twilio takes their tones out. */
  readonly keyTone?: (digit: string) => Buffer;
  /** How long the `until…` methods wait before they reject. Default 15 s. */
  readonly patienceMs?: number;
  /** Every piece of audio as it arrives from the gateway, for measurements. */
  readonly onAudio?: (audio: Buffer, atMs: number) => void;
}

export interface CallDependencies {
  readonly client: WebhookClient;
  readonly address: GatewayAddress;
  readonly ticker: Ticker;
  readonly voicePath: string;
  readonly statusPath: string | null;
}

const DEFAULT_FROM = '+15555550123';
const DEFAULT_TO = '+15555550100';

/**
 * One caller, seen from Twilio: rings on construction and runs what the gateway's TwiML says until the call has ended.
 * The `until…` methods reject with a `DEADLINE` error when the time is over and with `UNAVAILABLE` when the call ended first.
 */
export class TwilioCall {
  readonly record: CallRecord;
  readonly #line: CallLine;
  readonly #options: TwilioCallOptions;
  readonly #waits = new Waits();
  readonly #listeners = new Set<(event: CallEvent) => void>();
  readonly #leaveTicker: () => void;
  readonly #ended: Promise<CallRecord>;
  #heardMarks = 0;
  #hasPressed = false;

  constructor(options: TwilioCallOptions, dependencies: CallDependencies) {
    const { address, ticker, voicePath } = dependencies;
    this.#options = options;
    const callSid = options.callSid ?? newSid('CA');
    this.record = new CallRecord(callSid, options.keepAudio ?? true);
    this.#line = new CallLine({
      identity: {
        callSid,
        accountSid: options.accountSid ?? newSid('AC'),
        from: options.from ?? DEFAULT_FROM,
        to: options.to ?? DEFAULT_TO,
        stir: options.stir === undefined ? 'A' : options.stir,
      },
      ...dependencies,
      record: this.record,
      sendSilence: options.sendSilence ?? true,
      dialResult: options.dialResult ?? 'completed',
      onEvent: (event) => this.#happened(event),
      onAudio: options.onAudio,
    });
    this.#leaveTicker = ticker.add(() => this.#waits.check());
    this.#ended = this.#run(address.publicUrl(voicePath));
  }

  get callSid(): string {
    return this.record.callSid;
  }

  get state(): CallState {
    return this.#line.state;
  }

  /** Calls `listener` with every event from now on, in order, until the returned function is called. */
  onEvent(listener: (event: CallEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Presses `0`-`9`, `*` or `#`. Throws `BAD_REQUEST` for anything else and `CONFLICT` while no stream is open. */
  press(digit: string): void {
    if (!/^[0-9*#]$/.test(digit)) throw new SimulatorError('BAD_REQUEST', 'A key is one of 0-9, * and #');
    this.#mustBeStreaming('key');
    this.#heardMarks = this.#line.playedMarks;
    if (this.#options.keyTone) this.#line.voice.interject(this.#options.keyTone(digit));
    this.#line.press(digit);
    this.#hasPressed = true;
  }

  /** The caller says this next, from the next frame on, instead of what is left; `null`: falls silent. Mu-law, 8 kHz. */
  setVoice(muLaw: Buffer | null): void {
    this.#line.voice.say(muLaw);
  }

  /**
   * As {@link TwilioCall.setVoice}, with the words for the record. Settles when all of it has been sent: what the agent says from then on is
   * its answer. Throws `CONFLICT` while no stream is open.
   */
  async say(words: string, muLaw: Buffer): Promise<void> {
    this.#mustBeStreaming('phrase');
    this.#hasPressed = false;
    this.#line.speak(words, muLaw);
    await this.untilVoiceSent();
    this.#heardMarks = this.#line.playedMarks;
  }

  /** The caller hangs up; settles when the call has ended with all its callbacks. */
  async hangUp(): Promise<CallRecord> {
    this.#line.hangUp();
    return await this.#ended;
  }

  /** The media socket breaks without `stop`; the call itself goes on with the action or the next verb. */
  dropSocket(): void {
    this.#line.dropSocket();
  }

  /** Twilio itself is gone: the socket breaks and no request follows, no action and no callback. */
  async vanish(): Promise<CallRecord> {
    this.#line.vanish();
    return await this.#ended;
  }

  async untilState(state: CallState): Promise<void> {
    if (state === 'ended') await this.untilEnded();
    else await this.#until(`the call is ${state}`, () => this.state === state);
  }

  /**
   * The agent has finished: since the last key and the last `untilSpoken` at least one mark came back played, and for
   * `quietMs` (default 0) neither audio nor a mark has been waiting.
   */
  async untilSpoken(quietMs = 0): Promise<void> {
    await this.#until('the agent has spoken', this.#hasSpoken(quietMs));
    this.#heardMarks = this.#line.playedMarks;
  }

  /**
   * As {@link TwilioCall.untilSpoken}, but settles also when nothing at all has come for `silenceMs` after a key: it was one of several that
   * are expected, and the caller presses the next.
   */
  async untilTurn(quietMs: number, silenceMs: number): Promise<void> {
    const hasSpoken = this.#hasSpoken(quietMs);
    let silentSince = this.#line.now;
    await this.#until("it is the caller's turn", () => {
      if (!this.#line.quiet) silentSince = this.#line.now;
      return hasSpoken() || (this.#hasPressed && this.#line.now - silentSince >= silenceMs);
    });
    this.#heardMarks = this.#line.playedMarks;
  }

  /** The agent's audio is arriving or waiting to be played right now. */
  async untilSpeaking(): Promise<void> {
    await this.#until('the agent is speaking', () => this.#line.streaming && !this.#line.quiet);
  }

  /** The agent has been speaking for so long without a pause. */
  async untilSpeakingFor(ms: number): Promise<void> {
    let since = Number.POSITIVE_INFINITY;
    await this.#until(`the agent has been speaking for ${ms} ms`, () => {
      const isSpeaking = this.#line.streaming && !this.#line.quiet;
      since = isSpeaking ? Math.min(since, this.#line.now) : Number.POSITIVE_INFINITY;
      return this.#line.now - since >= ms;
    });
  }

  /** What {@link TwilioCall.setVoice} gave has been sent to its end. */
  async untilVoiceSent(): Promise<void> {
    await this.#until("the caller's voice has been sent", () => this.#line.voice.silent);
  }

  /** The first event, past or future, that fits. */
  async untilEvent(what: string, fits: (event: CallEvent) => boolean): Promise<CallEvent> {
    return await this.#waits.until(what, () => this.record.events.find(fits), this.#patience);
  }

  /** Settles when the call has ended and all its callbacks are answered; never rejects and has no deadline. */
  async untilEnded(): Promise<CallRecord> {
    return await this.#ended;
  }

  #hasSpoken(quietMs: number): () => boolean {
    let quietSince = Number.POSITIVE_INFINITY;
    return () => {
      const spoken = this.#line.playedMarks > this.#heardMarks && this.#line.quiet;
      quietSince = spoken ? Math.min(quietSince, this.#line.now) : Number.POSITIVE_INFINITY;
      return spoken && this.#line.now - quietSince >= quietMs;
    };
  }

  #mustBeStreaming(what: string): void {
    if (this.#line.streaming) return;
    const reason = `No stream is open (the call is ${this.state}): nobody would hear the ${what}`;
    throw new SimulatorError('CONFLICT', reason);
  }

  get #patience(): number {
    return this.#options.patienceMs ?? 15_000;
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    await this.#waits.until(what, () => holds() || undefined, this.#patience);
  }

  async #run(voiceUrl: string): Promise<CallRecord> {
    try {
      const outcome = await new CallFlow(this.#line).run(voiceUrl);
      this.record.outcome = this.#line.vanished ? { kind: 'vanished' } : outcome;
      await this.#line.finish();
      return this.record;
    } finally {
      this.#leaveTicker();
      this.#waits.close(`the call ended before (${this.record.outcome?.kind ?? 'an exception'})`);
      this.#listeners.clear();
    }
  }

  #happened(event: CallEvent): void {
    for (const listener of this.#listeners) listener(event);
    this.#waits.check();
  }
}

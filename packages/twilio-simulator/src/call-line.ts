import { BYTES_PER_MS } from './audio/mulaw.js';
import type { DialResult, Line, Params } from './call-flow.js';
import { type CallIdentity, newSid } from './call-form.js';
import type { CallEvent, CallRecord, CallState, Happening, Purpose } from './call-record.js';
import { CallWebhooks } from './call-webhooks.js';
import { CallerVoice } from './caller-voice.js';
import type { GatewayAddress } from './gateway-address.js';
import { strictly } from './gateway-message.js';
import { endOfBadUrl, type StreamEnd } from './stream-end.js';
import type { Ticker } from './ticker.js';
import { type StreamListener, TwilioStream } from './twilio-stream.js';
import type { HttpMethod, StreamNoun } from './twiml-reader.js';
import type { WebhookAnswer, WebhookClient } from './webhook-client.js';

export interface CallLineOptions {
  readonly identity: CallIdentity;
  readonly client: WebhookClient;
  readonly address: GatewayAddress;
  readonly ticker: Ticker;
  readonly statusPath: string | null;
  readonly record: CallRecord;
  readonly sendSilence: boolean;
  readonly dialResult: DialResult;
  readonly onEvent: (event: CallEvent) => void;
  readonly onAudio: ((audio: Buffer, atMs: number) => void) | undefined;
}

/** Silence after which the agent's next audio counts as a new beginning. */
const NEW_SPEECH_MS = 200;
/** A hole of so many milliseconds within an utterance can be heard. */
const AUDIBLE_GAP_MS = 5;
const GONE: WebhookAnswer = { status: null, failed: 'the caller has hung up' };

/** One call as Twilio's switch holds it: its state, its stream, its webhooks. Everything that happens is recorded. */
export class CallLine implements Line {
  readonly voice = new CallerVoice();
  readonly #options: CallLineOptions;
  readonly #ringsAt: number;
  readonly #webhooks: CallWebhooks;
  readonly #gone: Promise<void>;
  #leave: () => void = () => {};
  #state: CallState = 'ringing';
  #answeredAt: number | null = null;
  #stream: TwilioStream | null = null;
  #hungUp = false;
  #vanished = false;
  #lastSoundAt = Number.NEGATIVE_INFINITY;
  playedMarks = 0;

  constructor(options: CallLineOptions) {
    this.#options = options;
    this.#ringsAt = options.ticker.now();
    this.#webhooks = new CallWebhooks(options.client, options.identity, (happening) => this.#note(happening));
    this.#gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  get state(): CallState {
    return this.#state;
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  get vanished(): boolean {
    return this.#vanished;
  }

  get now(): number {
    return this.#options.ticker.now();
  }

  /** Nothing of the agent waits to be played; also while no stream is open. */
  get quiet(): boolean {
    return this.#stream?.quiet ?? true;
  }

  get streaming(): boolean {
    return this.#stream?.started ?? false;
  }

  press(digit: string): void {
    this.#note({ kind: 'key', digit });
    this.#stream?.press(digit);
  }

  /** The caller begins to say `words`. */
  speak(words: string, muLaw: Buffer): void {
    this.#note({ kind: 'caller-says', text: words });
    this.voice.say(muLaw);
  }

  hangUp(): void {
    this.#hungUp = true;
    this.#stream?.hangUp();
    this.#leave();
  }

  dropSocket(): void {
    this.#stream?.cut();
  }

  vanish(): void {
    this.#vanished = true;
    this.#hungUp = true;
    this.#stream?.cut();
    this.#leave();
  }

  async request(purpose: Purpose, url: string, method: HttpMethod, extra: Params): Promise<WebhookAnswer> {
    if (this.#hungUp) return GONE;
    const status = this.#answeredAt === null ? 'ringing' : 'in-progress';
    const answer = this.#webhooks.fetch(purpose, url, method, { CallStatus: status, ...extra });
    return await Promise.race([answer, this.#gone.then(() => GONE)]);
  }

  onTwiml(document: string): void {
    this.#answeredAt ??= this.#options.ticker.now();
    this.#note({ kind: 'twiml', document });
    if (this.#state === 'ringing') this.#enter('in-progress');
  }

  say(verb: 'say' | 'play', text: string): void {
    this.#note({ kind: verb, text });
  }

  async dial(number: string): Promise<DialResult> {
    this.#note({ kind: 'dial', number });
    return this.#options.dialResult;
  }

  async pause(ms: number): Promise<void> {
    const { ticker } = this.#options;
    const until = ticker.now() + ms;
    let leaveTicker = () => {};
    const over = new Promise<void>((resolve) => {
      leaveTicker = ticker.add((now) => {
        if (now >= until) resolve();
      });
    });
    await Promise.race([over, this.#gone]);
    leaveTicker();
  }

  async stream(noun: StreamNoun): Promise<void> {
    if (this.#hungUp) return;
    const streamSid = newSid('MZ');
    const fault = endOfBadUrl(noun.url);
    if (fault) this.#streamEnded(noun, streamSid, fault, 0);
    else await this.#openStream(noun, streamSid);
  }

  /** Tells the gateway that the call is over (unless it vanished) and settles when every callback is answered. */
  async finish(): Promise<void> {
    await this.#webhooks.settled();
    const { address, ticker, statusPath } = this.#options;
    const talkedMs = this.#answeredAt === null ? null : ticker.now() - this.#answeredAt;
    if (!this.#vanished && statusPath !== null)
      await this.#webhooks.callEnded(address.publicUrl(statusPath), talkedMs);
    this.#enter('ended');
  }

  #openStream(noun: StreamNoun, streamSid: string): Promise<void> {
    const { identity, address, client, ticker, sendSilence } = this.#options;
    const signature = client.signUpgrade(noun.url);
    return new Promise((resolve) => {
      const options = {
        accountSid: identity.accountSid,
        callSid: identity.callSid,
        streamSid,
        url: address.connectUrl(noun.url),
        headers: signature === null ? {} : { 'X-Twilio-Signature': signature },
        ca: address.ca,
        parameters: noun.parameters,
        voice: this.voice,
        ticker,
        sendSilence,
      };
      const ended = (end: StreamEnd, unplayedBytes: number) => {
        this.#streamEnded(noun, streamSid, end, unplayedBytes / BYTES_PER_MS);
        resolve();
      };
      this.#stream = new TwilioStream(options, this.#listen(noun, streamSid, ended));
    });
  }

  #listen(noun: StreamNoun, streamSid: string, onEnded: StreamListener['onEnded']): StreamListener {
    const { record } = this.#options;
    return {
      ...strictly(({ code, message }) => this.#note({ kind: 'protocol-error', code, message })),
      onStarted: () => {
        this.#note({ kind: 'stream-started', streamSid });
        this.#enter('streaming');
        this.#webhooks.streamStarted(noun, streamSid);
      },
      onAudio: (audio, now) => this.#audioArrived(audio, now),
      onPlayed: (audio, soundedAt) => {
        this.#lastSoundAt = soundedAt + audio.length / BYTES_PER_MS;
        record.writeHeard(audio, soundedAt - this.#ringsAt);
      },
      onSaid: (frame, saidAt) => record.writeCaller(frame, saidAt - this.#ringsAt),
      onMark: (name, played) => this.#markReturned(name, played),
      onClear: (lostBytes) => {
        this.#lastSoundAt = Number.NEGATIVE_INFINITY;
        this.#note({ kind: 'clear', lostMs: lostBytes / BYTES_PER_MS });
      },
      onEnded,
    };
  }

  #audioArrived(audio: Buffer, now: number): void {
    const { record, onAudio } = this.#options;
    record.mediaMessages += 1;
    record.mediaBytes += audio.length;
    const silentMs = now - this.#lastSoundAt;
    if (silentMs >= NEW_SPEECH_MS) this.#note({ kind: 'agent-speaks' });
    if (silentMs >= AUDIBLE_GAP_MS && Number.isFinite(silentMs)) record.gaps.push(silentMs);
    this.#lastSoundAt = now;
    onAudio?.(audio, now - this.#ringsAt);
  }

  #markReturned(name: string, played: boolean): void {
    if (played) this.playedMarks += 1;
    if (this.#stream?.quiet) this.#lastSoundAt = Number.NEGATIVE_INFINITY;
    this.#note({ kind: 'mark', name, played });
  }

  #streamEnded(noun: StreamNoun, streamSid: string, end: StreamEnd, unplayedMs: number): void {
    this.#stream = null;
    this.#lastSoundAt = Number.NEGATIVE_INFINITY;
    this.#note({ kind: 'stream-ended', streamSid, end, unplayedMs });
    if (this.#state === 'streaming') this.#enter('in-progress');
    if (!this.#vanished) this.#webhooks.streamEnded(noun, streamSid, end);
  }

  #enter(state: CallState): void {
    this.#state = state;
    this.#note({ kind: 'state', state });
  }

  #note(happening: Happening): void {
    const { record, ticker, onEvent } = this.#options;
    const event: CallEvent = { ...happening, at: ticker.now() - this.#ringsAt };
    record.durationMs = event.at;
    record.events.push(event);
    onEvent(event);
  }
}

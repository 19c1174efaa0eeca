import type { PlaybackOutput } from '../../src/twilio/stream-sides.js';
import type { PlaybackTicker, TickerClient } from '../../src/twilio/ticker.js';

/** The model's time goes on in steps of so many ms; frames and ticks come every second step. */
export const STEP_MS = 10;

type Item = { readonly utterance: number; ms: number } | { readonly mark: string } | 'clear';
type Inbound = { readonly media: number } | { readonly mark: string } | 'key' | 'stop';

interface Sent<T> {
  readonly at: number;
  readonly what: T;
}

/** What the gateway's side does with what arrives. */
export interface GatewaySide {
  onMedia(timestampMs: number): void;
  onMark(name: string): void;
  onKey(): void;
  onStop(): void;
}

export interface WireOptions {
  /** The way of a message, the same in both directions; a multiple of the step. */
  readonly delayMs: number;
  /** Frames come also while the caller is silent. */
  readonly sendsSilence: boolean;
}

/**
 * A model of Twilio behind a network: audio is played at 8 bytes a millisecond from when it arrives, a mark goes back
 * when all before it has played, all pending ones at once on `clear`; messages keep their order, take their time, and stand
 * still while the network does. It knows only the wire. Every byte of audio carries the number of its utterance.
 */
export class TwilioWire implements PlaybackOutput, PlaybackTicker {
  now = 1000;
  /** Milliseconds of each utterance that the caller has heard by now. */
  readonly heardMs: number[] = [];
  /** In the order sent, and whether each is back. */
  readonly marks: { readonly name: string; readonly utterance: number; back: boolean }[] = [];
  /** For each clear that arrived: what the caller had heard of each utterance. */
  readonly heardAtClear: (readonly number[])[] = [];
  heardAtHangUp: readonly number[] | null = null;
  clearsSent = 0;
  maxInFlightMs = 0;
  readonly messages: { readonly utterance: number; readonly bytes: number }[] = [];
  readonly options: WireOptions;
  readonly #clients = new Set<TickerClient>();
  readonly #toTwilio: Sent<Item>[] = [];
  readonly #toGateway: Sent<Inbound>[] = [];
  readonly #queue: Exclude<Item, 'clear'>[] = [];
  everStalled = false;
  #stalledUntil = 0;
  #steps = 0;
  #callerIsHeard = false;

  constructor(options: WireOptions) {
    this.options = options;
    // `start`: the stream's time begins.
    this.#post(this.#toGateway, { media: 0 });
  }

  add(client: TickerClient): void {
    this.#clients.add(client);
  }

  remove(client: TickerClient): void {
    this.#clients.delete(client);
  }

  get ticking(): boolean {
    return this.#clients.size > 0;
  }

  /** Audio that the caller has yet to hear: on its way or waiting at Twilio, and no clear on its way behind it. */
  get unheardIsOut(): boolean {
    return this.#unheard().length > 0;
  }

  sendMedia(audio: Buffer): void {
    const [utterance = -1] = audio;
    if (audio.some((byte) => byte !== utterance)) throw new Error('One message holds two utterances.');
    this.messages.push({ utterance, bytes: audio.length });
    this.#post(this.#toTwilio, { utterance, ms: audio.length / 8 });
    const inFlightMs = this.#unheard().reduce((sum, item) => sum + item.ms, 0);
    if (!this.everStalled) this.maxInFlightMs = Math.max(this.maxInFlightMs, inFlightMs);
  }

  sendMark(name: string): void {
    this.marks.push({ name, utterance: this.messages.at(-1)?.utterance ?? -1, back: false });
    this.#post(this.#toTwilio, { mark: name });
  }

  sendClear(): void {
    this.clearsSent += 1;
    this.#post(this.#toTwilio, 'clear');
  }

  /** The caller presses a key. */
  press(): void {
    if (!this.heardAtHangUp) this.#post(this.#toGateway, 'key');
  }

  /** A mark that is back already comes again, or one that was never sent. */
  echoMark(which: number): void {
    const back = this.marks.filter((mark) => mark.back);
    if (!this.heardAtHangUp)
      this.#post(this.#toGateway, { mark: back[which % Math.max(1, back.length)]?.name ?? 'not-ours' });
  }

  /** The caller begins or ceases to be heard. */
  speak(aloud: boolean): void {
    this.#callerIsHeard = aloud;
  }

  hangUp(): void {
    if (this.heardAtHangUp) return;
    this.heardAtHangUp = [...this.heardMs];
    this.#post(this.#toGateway, 'stop');
  }

  /** From now on nothing moves for so long: what is sent meanwhile moves afterwards. */
  stall(ms: number): void {
    this.everStalled = true;
    this.#stalledUntil = Math.max(this.#stalledUntil, this.now + ms);
  }

  elapse(ms: number, gateway: GatewaySide): void {
    for (let left = ms; left > 0; left -= STEP_MS) this.#step(gateway);
  }

  #unheard() {
    if (this.heardAtHangUp) return [];
    const last = this.#toTwilio.findLastIndex(({ what }) => what === 'clear');
    const onItsWay = this.#toTwilio.slice(last + 1).map(({ what }) => what);
    return [...(last < 0 ? this.#queue : []), ...onItsWay].filter(isAudio);
  }

  #step(gateway: GatewaySide): void {
    this.#arrive();
    if (!this.heardAtHangUp) this.#play(STEP_MS);
    this.now += STEP_MS;
    this.#steps += 1;
    this.#arrive();
    const everySecond = this.#steps % 2 === 0;
    if (everySecond && !this.heardAtHangUp && (this.options.sendsSilence || this.#callerIsHeard))
      this.#post(this.#toGateway, { media: this.now - 1000 });
    for (const what of this.#arrived(this.#toGateway)) this.#deliver(what, gateway);
    if (everySecond) for (const client of this.#clients) client.tick(this.now);
  }

  #arrive(): void {
    for (const what of this.#arrived(this.#toTwilio)) this.#receive(what);
    this.#returnDueMarks();
  }

  #deliver(what: Inbound, gateway: GatewaySide): void {
    if (what === 'key') gateway.onKey();
    else if (what === 'stop') gateway.onStop();
    else if ('media' in what) gateway.onMedia(what.media);
    else {
      const mark = this.marks.find(({ name }) => name === what.mark);
      if (mark) mark.back = true;
      gateway.onMark(what.mark);
    }
  }

  #post<T>(way: Sent<T>[], what: T): void {
    way.push({ at: Math.max(this.now, this.#stalledUntil) + this.options.delayMs, what });
  }

  #arrived<T>(way: Sent<T>[]): T[] {
    const count = way.findIndex(({ at }) => at > this.now);
    return way.splice(0, count < 0 ? way.length : count).map(({ what }) => what);
  }

  #receive(what: Item): void {
    if (this.heardAtHangUp) return;
    if (what !== 'clear') {
      this.#queue.push(what);
      return;
    }
    this.heardAtClear.push([...this.heardMs]);
    const dropped = this.#queue.splice(0);
    for (const item of dropped) if ('mark' in item) this.#post(this.#toGateway, { mark: item.mark });
  }

  #play(limitMs: number): void {
    for (let left = limitMs; left > 0; ) {
      const head = this.#queue[0];
      if (!head || !('ms' in head)) return;
      const ms = Math.min(left, head.ms);
      this.heardMs[head.utterance] = (this.heardMs[head.utterance] ?? 0) + ms;
      head.ms -= ms;
      left -= ms;
      if (head.ms === 0) this.#queue.shift();
      this.#returnDueMarks();
    }
  }

  #returnDueMarks(): void {
    for (let head = this.#queue[0]; head && 'mark' in head; head = this.#queue[0]) {
      this.#queue.shift();
      this.#post(this.#toGateway, { mark: head.mark });
    }
  }
}

function isAudio(what: Item): what is { readonly utterance: number; ms: number } {
  return typeof what === 'object' && 'ms' in what;
}

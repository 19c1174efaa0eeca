import { type Signal, signal } from '@preact/signals';
import type { AnswerOf } from '../../server/routes/operation.js';
import type { PHONE } from '../../server/routes/phone.js';
import type { FinishedCall } from '../shell/answers.js';
import { ask, sentenceFor } from '../shell/api.js';
import { phoneNumber } from '../shell/format.js';
import { CallWords } from './call-words.js';
import type { CallerChoice } from './caller-form.js';
import type { StreamClosed } from './media-socket.js';
import { askMicrophone, type Microphone } from './microphone.js';
import type { AudioReport } from './phone-audio.js';
import type { FromWire, ToWire } from './phone-worker.js';
import workerAddress from './phone-worker.ts?worker&url';
import { SoundDevice } from './sound-device.js';
import { newSid } from './wire.js';
import { type WireLine, withChanges } from './wire-log.js';

type Begun = AnswerOf<typeof PHONE.begin>;
/** What TwiML would do next. */
type NextStep = AnswerOf<typeof PHONE.next>;

type Phase = 'calling' | 'talking' | 'over';

const ROUND_TRIP_EVERY_MS = 3_000;
/** A call that is over stands in the list of calls a moment later. */
const KEPT_AFTER_MS = [300, 700, 1_500, 3_000];

let calls = 0;

const NO_SOUND: AudioReport = { caller: 0, agent: 0, waitingMs: 0, pendingMarks: 0, underruns: 0 };

/** One call from the page: its sound, its wire, and what the page shows of it. It goes on when another view is opened. */
export class PhoneCall {
  readonly phase = signal<Phase>('calling');
  /** How the call ended, as a sentence; null while it goes on. */
  readonly ending = signal<string | null>(null);
  readonly microphone: Signal<Microphone | null> = signal(null);
  readonly isMuted = signal(false);
  readonly audio = signal<AudioReport>(NO_SOUND);
  readonly wire = signal<readonly WireLine[]>([]);
  readonly answerMs = signal<number | null>(null);
  readonly callSid = signal<string | null>(null);
  /** In milliseconds since 1970. */
  readonly startedAt = signal<number | null>(null);
  readonly streams = signal(0);
  /** A request to the gateway and its answer; null before the first. */
  readonly roundTripMs = signal<number | null>(null);
  /** What the shop keeps of the call, once it is over. */
  readonly kept = signal<FinishedCall | null>(null);
  /** Tells this page's calls apart. */
  readonly number = ++calls;
  readonly words = new CallWords();
  readonly sound: SoundDevice;
  readonly #accountSid = newSid('AC');
  readonly #worker: Worker;
  readonly #roundTrips: ReturnType<typeof setInterval>;
  #hungUp = false;
  readonly #leave = () => this.hangUp();

  /** Only within a click: browsers let nothing else begin to sound. */
  constructor(caller: CallerChoice) {
    this.sound = new SoundDevice((report) => {
      this.audio.value = report;
    });
    this.#worker = new Worker(workerAddress, { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWire>) => this.#told(data);
    void this.#measureRoundTrip();
    this.#roundTrips = setInterval(() => void this.#measureRoundTrip(), ROUND_TRIP_EVERY_MS);
    addEventListener('pagehide', this.#leave);
    void this.#begin(caller);
    void this.#join();
  }

  press(digit: string): void {
    if (this.phase.value !== 'talking') return;
    this.#ask({ ask: 'press', digit });
    this.words.pressed(digit);
  }

  mute(muted: boolean): void {
    this.isMuted.value = muted;
    this.sound.muted = muted;
  }

  hangUp(): void {
    if (this.phase.value === 'over') return;
    this.#hungUp = true;
    if (this.phase.value === 'calling') return this.#over('You hung up.');
    this.#ask({ ask: 'hang-up' });
  }

  async #begin(caller: CallerChoice): Promise<void> {
    try {
      const { port1, port2 } = new MessageChannel();
      this.#ask({ ask: 'sound', port: port1 }, [port1]);
      const begun = ask<Begun>('/api/phone', { method: 'POST', body: caller });
      const [offer] = await Promise.all([begun, this.sound.connect(port2)]);
      if (this.#hungUp) return;
      this.callSid.value = offer.call_sid;
      this.#open(offer);
    } catch (error) {
      this.#over(sentenceFor(error));
    }
  }

  /** The call does not wait for the microphone: whoever allows it late is heard from then on. */
  async #join(): Promise<void> {
    const microphone = await askMicrophone();
    if (this.phase.value === 'over') return stop(microphone);
    try {
      if (microphone.status === 'on') this.sound.listenTo(microphone.stream);
      this.microphone.value = microphone;
    } catch {
      stop(microphone);
      const why =
        'The browser cannot use a microphone and a speaker with different sample rates together. Choose a headset, or both from one device; until then press keys and listen.';
      this.microphone.value = { status: 'off', why };
    }
  }

  #open({ stream_url, parameters }: Pick<Begun, 'stream_url' | 'parameters'>): void {
    const callSid = this.callSid.value ?? '';
    const identity = { accountSid: this.#accountSid, callSid, streamSid: newSid('MZ') };
    this.streams.value += 1;
    this.#ask({ ask: 'open', stream: { ...identity, url: stream_url, parameters } });
  }

  #told(message: FromWire): void {
    if (message.told === 'news') {
      this.wire.value = withChanges(this.wire.value, message.news.lines);
      this.answerMs.value = message.news.answerMs;
    } else if (message.told === 'closed') {
      void this.#closed(message.end);
    } else {
      this.startedAt.value ??= Date.now();
      this.phase.value = 'talking';
      this.words.follow(this.callSid.value ?? '');
    }
  }

  /** What Twilio would do now: the caller hung up, or TwiML is asked what is next. */
  async #closed({ opened, byCaller, code }: StreamClosed): Promise<void> {
    if (this.phase.value === 'over') return;
    if (byCaller || this.#hungUp) return this.#over('You hung up.');
    if (!opened) return this.#over(`The gateway did not accept the stream (${code}).`);
    try {
      this.#do(await ask<NextStep>(`/api/phone/${this.callSid.value}/next`, { method: 'POST', body: {} }));
    } catch (error) {
      this.#over(`The stream ended, and what is next is not known: ${sentenceFor(error)}`);
    }
  }

  #do(step: NextStep): void {
    if (this.#hungUp) return this.#over('You hung up.');
    if (step.action === 'stream') return this.#open(step);
    const said = step.said ? `“${step.said}” ` : '';
    if (step.action === 'hangup') return this.#over(`${said}The agent hung up.`);
    this.#over(
      `${said}A real call would now ring ${phoneNumber(step.number)}; a call from this page does not.`,
    );
  }

  #over(sentence: string): void {
    if (this.phase.value === 'over') return;
    this.phase.value = 'over';
    this.ending.value = sentence;
    this.words.end();
    this.sound.close();
    this.audio.value = NO_SOUND;
    if (this.microphone.value) stop(this.microphone.value);
    this.#worker.terminate();
    clearInterval(this.#roundTrips);
    removeEventListener('pagehide', this.#leave);
    void this.#readKept();
  }

  async #readKept(): Promise<void> {
    if (this.startedAt.value === null) return;
    for (const ms of KEPT_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      const found = await ask<FinishedCall>(`/api/calls/${this.callSid.value}`).catch(() => null);
      this.kept.value = found;
      if (found) return;
    }
  }

  async #measureRoundTrip(): Promise<void> {
    const began = performance.now();
    const answered = await fetch('/health', { cache: 'no-store' }).catch(() => null);
    this.roundTripMs.value = answered ? performance.now() - began : null;
  }

  #ask(message: ToWire, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

function stop(microphone: Microphone): void {
  if (microphone.status === 'on') for (const track of microphone.stream.getTracks()) track.stop();
}

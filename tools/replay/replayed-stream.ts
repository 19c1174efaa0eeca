import { FaultInjector, type InjectedFault } from '../../packages/twilio-simulator/src/fault-injector.js';
import { type Breach, readGatewayMessage } from '../../packages/twilio-simulator/src/gateway-message.js';
import { PlayoutBuffer } from '../../packages/twilio-simulator/src/playout-buffer.js';
import { SequenceRenumbering } from '../../packages/twilio-simulator/src/sequence-renumbering.js';
import { FRAME_MS, SILENT_PAYLOAD } from '../../packages/twilio-simulator/src/stream-message.js';
import { BYTES_PER_MS } from '../../src/audio/mulaw.js';
import type { StreamSocket } from '../../src/twilio/stream-sides.js';
import { type CallerScript, type Cue, type ScriptItem, timestampOf } from './caller-script.js';
import { ReplaySocket } from './replay-socket.js';
import { ScriptedTime } from './scripted-time.js';

export interface ReplayedStreamOptions {
  readonly streamSid: string;
  readonly script: CallerScript;
  readonly fault: InjectedFault | null;
  /** The call's next stream came while this one was open. */
  readonly onNextStream: () => void;
  /** The gateway was stopped here. */
  readonly onRelease: () => void;
  /** Called once; `by`: who ended the stream. */
  readonly onEnded: (by: 'stop' | 'gateway' | 'network') => void;
  /** What Twilio would not act on. */
  readonly onBreach: (breach: Breach) => void;
}

const DROP_MS = 3000;

/**
 * Twilio's end of one recorded stream, by whatever clock the process goes. Audio is played at 8 bytes a millisecond and marks go
 * back as late as they did; what the caller does comes at the point of the conversation where it came.
 */
export class ReplayedStream {
  readonly socket: StreamSocket;
  readonly #options: ReplayedStreamOptions;
  readonly #socket: ReplaySocket;
  readonly #way: FaultInjector;
  readonly #time: ScriptedTime;
  readonly #numbers: SequenceRenumbering;
  readonly #playout: PlayoutBuffer;
  readonly #openedAt = performance.now();
  readonly #markOf = new Map<string, number>();
  #utterances = 0;
  #isSpeaking = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #ended = false;

  constructor(options: ReplayedStreamOptions) {
    this.#options = options;
    const { items, sendsSilence, closingMs } = options.script;
    const peer = {
      onMessage: (text: string) => this.#received(text),
      onClose: () => this.#end(this.#stopped ? 'stop' : 'gateway'),
    };
    this.#socket = new ReplaySocket(peer, closingMs);
    this.socket = this.#socket;
    this.#way = new FaultInjector({
      fault: options.fault,
      deliver: (text) => this.#socket.receive(text),
      lose: () => this.#lose(),
    });
    this.#numbers = new SequenceRenumbering(options.streamSid);
    this.#time = new ScriptedTime(items, sendsSilence ? FRAME_MS : null);
    this.#playout = new PlayoutBuffer({
      onPlayed: () => undefined,
      onMark: (name, played) => this.#returnMark(name, played),
    });
  }

  /** The caller's part begins. */
  start(): void {
    this.#schedule();
  }

  get #now(): number {
    return performance.now() - this.#openedAt;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    const { dueMs } = this.#time;
    if (dueMs === null) return;
    this.#timer = setTimeout(() => this.#act(), Math.max(0, Math.round(dueMs - this.#now)));
  }

  #act(): void {
    const { item, skippedFrames } = this.#time.take();
    this.#numbers.skip(skippedFrames * FRAME_MS);
    if (item === 'silence') this.#way.send(this.#numbers.silence(SILENT_PAYLOAD, FRAME_MS));
    else if (item) this.#perform(item);
    this.#schedule();
  }

  #perform({ does, text }: ScriptItem): void {
    if (does === 'next-stream') this.#options.onNextStream();
    else if (does === 'release') this.#options.onRelease();
    else if (does === 'lose') this.#lose();
    else if (does === 'frame') this.#way.send(this.#numbers.frame(text, timestampOf(text)));
    else {
      this.#stopped ||= text.includes('"event":"stop"');
      this.#way.send(this.#numbers.message(text));
      // A stop that the gateway never saw, or saw late: Twilio closes the socket all the same.
      if (this.#stopped)
        setTimeout(() => this.#lose(), this.#options.fault === 'late-stop' ? 2 * DROP_MS : DROP_MS);
    }
  }

  #lose(): void {
    if (this.#ended) return;
    this.#end(this.#stopped ? 'stop' : 'network');
    this.#socket.lose();
  }

  #end(by: 'stop' | 'gateway' | 'network'): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#options.onEnded(by);
  }

  #received(text: string): void {
    const message = readGatewayMessage(text, this.#options.streamSid);
    const sample = this.#sample;
    if ('code' in message) this.#options.onBreach(message);
    else if (message.event === 'media') this.#play(message.audio, sample);
    else if (message.event === 'mark') this.#mark(message.name, sample);
    else {
      this.#isSpeaking = false;
      this.#playout.clear(sample);
    }
  }

  #play(audio: Buffer, sample: number): void {
    this.#playout.push(audio, sample);
    if (this.#isSpeaking) return;
    this.#isSpeaking = true;
    this.#utterances += 1;
    this.#onCue({ what: 'begun', utterance: this.#utterances - 1 });
  }

  #mark(name: string, sample: number): void {
    this.#isSpeaking = false;
    this.#playout.advance(sample);
    this.#markOf.set(name, this.#utterances - 1);
    const waitMs = Math.ceil(this.#playout.queuedBytes / BYTES_PER_MS);
    if (waitMs > 0) this.#playout.mark(name, sample);
    setTimeout(() => {
      if (waitMs === 0) this.#playout.mark(name, this.#sample);
      this.#playout.advance(this.#sample);
    }, waitMs);
  }

  #returnMark(name: string, played: boolean): void {
    const lagMs = played ? this.#options.script.markLags.get(name) : 0;
    if (lagMs === null) return;
    const goBack = () => {
      if (this.#ended) return;
      this.#way.send(this.#numbers.mark(name));
      const utterance = this.#markOf.get(name);
      if (played && utterance !== undefined) this.#onCue({ what: 'played', utterance });
    };
    // Never in the turn in which the gateway sends.
    if (lagMs) setTimeout(goBack, lagMs);
    else queueMicrotask(goBack);
  }

  #onCue(cue: Cue): void {
    this.#time.onCue(cue, this.#now);
    this.#schedule();
  }

  get #sample(): number {
    return Math.floor(this.#now * BYTES_PER_MS);
  }
}

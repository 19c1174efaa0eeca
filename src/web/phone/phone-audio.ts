import { FRAME_BYTES, MULAW_BYTES, SAMPLE_RATE, SILENCE } from '../../audio/mulaw.js';
import { PlayoutRing } from './playout-ring.js';
import { Resampler } from './resampler.js';

/** What the gateway's messages make the phone do; an array is audio. */
export type ToSpeaker = Uint8Array | { readonly mark: string } | 'clear' | 'new-stream';
/** What goes back: a frame of the caller, or a mark whose sound has been heard. */
export type FromSpeaker = Uint8Array<ArrayBuffer> | { readonly mark: string };

/** How loud both sides are, and what waits. Levels are the largest since the last report, full scale 1. */
export interface AudioReport {
  readonly caller: number;
  readonly agent: number;
  readonly waitingMs: number;
  readonly pendingMarks: number;
  readonly underruns: number;
}

const REPORTS_PER_SECOND = 20;
const FULL_SCALE = 32767;

/** What the page tells whatever renders the audio. */
export type ToAudio =
  /** To the wire's thread, past the page. */
  | { readonly tell: 'wire'; readonly port: MessagePort }
  | { readonly tell: 'latency'; readonly seconds: number }
  /** A muted microphone sends silence. */
  | { readonly tell: 'mute'; readonly muted: boolean }
  | { readonly tell: 'over' };

/** Both directions of a call's sound, driven by whatever renders audio: nothing here has a clock of its own. */
export class PhoneAudio {
  /** The call is over. */
  isOver = false;
  readonly #rateHz: number;
  readonly #report: (report: AudioReport) => void;
  #wire: MessagePort | null = null;
  readonly #toDevice: Resampler;
  readonly #frames: CallerFrames;
  #ring: PlayoutRing;
  #latencySeconds = 0;
  #muted = false;
  #untilReport = 0;
  #caller = 0;
  #agent = 0;

  /** `rateHz`: of the sound device. */
  constructor(rateHz: number, report: (report: AudioReport) => void) {
    this.#rateHz = rateHz;
    this.#report = report;
    this.#toDevice = new Resampler(SAMPLE_RATE, rateHz);
    this.#frames = new CallerFrames(rateHz, (frame) => this.#send(frame));
    this.#ring = this.#newRing();
  }

  told(message: ToAudio): void {
    if (message.tell === 'mute') this.#muted = message.muted;
    else if (message.tell === 'over') this.isOver = true;
    else if (message.tell === 'latency') {
      this.#latencySeconds = message.seconds;
      this.#ring.latencySeconds = message.seconds;
    } else {
      this.#wire = message.port;
      this.#wire.onmessage = ({ data }: MessageEvent<ToSpeaker>) => this.#take(data);
    }
  }

  /** One block: what the microphone heard (null: there is none), and what is to sound. */
  render(heard: Float32Array | null, sounding: Float32Array): void {
    for (let i = 0; i < sounding.length; i++) {
      while (this.#toDevice.needed > 0) this.#toDevice.push(this.#ring.next());
      const level = this.#toDevice.pull();
      sounding[i] = level;
      this.#agent = Math.max(this.#agent, Math.abs(level));
    }
    const said = this.#muted ? null : heard;
    if (said) for (const level of said) this.#caller = Math.max(this.#caller, Math.abs(level));
    this.#frames.push(said, sounding.length);
    this.#reportAfter(sounding.length);
  }

  #take(item: ToSpeaker): void {
    if (item === 'clear') this.#ring.clear();
    else if (item === 'new-stream') this.#ring = this.#newRing();
    else if (item instanceof Uint8Array) this.#ring.push(item);
    else this.#ring.mark(item.mark);
  }

  /** In the order in which it happens, by the audio clock. */
  #send(item: FromSpeaker): void {
    if (item instanceof Uint8Array) this.#wire?.postMessage(item, [item.buffer]);
    else this.#wire?.postMessage(item);
  }

  #reportAfter(samples: number): void {
    this.#untilReport -= samples;
    if (this.#untilReport > 0) return;
    this.#untilReport += this.#rateHz / REPORTS_PER_SECOND;
    const { waitingMs, pendingMarks, underruns } = this.#ring;
    this.#report({ caller: this.#caller, agent: this.#agent, waitingMs, pendingMarks, underruns });
    this.#caller = 0;
    this.#agent = 0;
  }

  #newRing(): PlayoutRing {
    const ring = new PlayoutRing((mark) => this.#send({ mark }));
    ring.latencySeconds = this.#latencySeconds;
    return ring;
  }
}

/**
 * Cuts what the microphone hears into the frames that Twilio sends: 160 bytes of mu-law, 20 ms. The audio clock is the
 * only clock: a frame is whole when its samples have been heard.
 */
export class CallerFrames {
  readonly #resampler: Resampler;
  readonly #onFrame: (frame: Uint8Array<ArrayBuffer>) => void;
  #frame = new Uint8Array(FRAME_BYTES);
  #filled = 0;

  /** `rateHz`: of the sound device. Each frame is a new array, which may be handed on. */
  constructor(rateHz: number, onFrame: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#resampler = new Resampler(rateHz, SAMPLE_RATE);
    this.#onFrame = onFrame;
  }

  /** `count` samples of the device have passed; null: there is no microphone, or it is muted, which is silence. */
  push(samples: Float32Array | null, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#resampler.push(samples?.[i] ?? 0);
      while (this.#resampler.needed === 0) this.#add(this.#resampler.pull());
    }
  }

  #add(level: number): void {
    const clipped = Math.max(-1, Math.min(1, level));
    this.#frame[this.#filled++] = MULAW_BYTES[Math.round(clipped * FULL_SCALE) & 0xffff] ?? SILENCE;
    if (this.#filled < FRAME_BYTES) return;
    this.#onFrame(this.#frame);
    this.#frame = new Uint8Array(FRAME_BYTES);
    this.#filled = 0;
  }
}

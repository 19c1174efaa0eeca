import { SAMPLE_RATE } from '../../audio/mulaw.js';
import { CallerFrames } from './caller-frames.js';
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

export interface PhoneAudioOptions {
  /** Of the sound device, in Hz. */
  readonly rateHz: number;
  /** In the order in which it happens, by the audio clock. */
  readonly send: (item: FromSpeaker) => void;
  readonly report: (report: AudioReport) => void;
}

/** Both directions of a call's sound, driven by whatever renders audio: nothing here has a clock of its own. */
export class PhoneAudio {
  readonly #options: PhoneAudioOptions;
  readonly #toDevice: Resampler;
  readonly #frames: CallerFrames;
  #ring: PlayoutRing;
  #latencySeconds = 0;
  #muted = false;
  #untilReport = 0;
  #caller = 0;
  #agent = 0;

  constructor(options: PhoneAudioOptions) {
    this.#options = options;
    this.#toDevice = new Resampler(SAMPLE_RATE, options.rateHz);
    this.#frames = new CallerFrames(options.rateHz, options.send);
    this.#ring = this.#newRing();
  }

  set latencySeconds(seconds: number) {
    this.#latencySeconds = seconds;
    this.#ring.latencySeconds = seconds;
  }

  /** A muted microphone sends silence. */
  set muted(muted: boolean) {
    this.#muted = muted;
  }

  take(item: ToSpeaker): void {
    if (item === 'clear') this.#ring.clear();
    else if (item === 'new-stream') this.#ring = this.#newRing();
    else if (item instanceof Uint8Array) this.#ring.push(item);
    else this.#ring.mark(item.mark);
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

  #reportAfter(samples: number): void {
    this.#untilReport -= samples;
    if (this.#untilReport > 0) return;
    this.#untilReport += this.#options.rateHz / REPORTS_PER_SECOND;
    const { waitingMs, pendingMarks, underruns } = this.#ring;
    this.#options.report({ caller: this.#caller, agent: this.#agent, waitingMs, pendingMarks, underruns });
    this.#caller = 0;
    this.#agent = 0;
  }

  #newRing(): PlayoutRing {
    const ring = new PlayoutRing((mark) => this.#options.send({ mark }));
    ring.latencySeconds = this.#latencySeconds;
    return ring;
  }
}

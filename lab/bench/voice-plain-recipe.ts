import { decode } from '../../src/audio/mulaw.js';
import type { SpeechEvent, VoiceActivity } from '../../src/audio/vad/voice-activity.js';

const TONES = [
  697, 770, 852, 941, 1209, 1336, 1477, 1633, 350, 440, 480, 620, 950, 1000, 1100, 1400, 1800, 2100,
];
const REARM_MS = 300;

/**
 * The reference: the plain recipe that the detector grew from. Noise floor, gate, fixed echo gate, autocorrelation above
 * 0.6, tone guard; three of the last four frames accept. Written for reading, not for speed.
 */
export class PlainRecipe implements VoiceActivity {
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #first: number[] = [];
  readonly #highPass = new OnePole(200);
  readonly #high = new OnePole(120);
  readonly #low = new OnePole(900);
  #window = new Float64Array(160);
  #floor = -68;
  #toneFor = 0;
  #recent: readonly boolean[] = [];
  #speaking = false;
  #voicedUntilMs = 0;

  constructor(onEvent: (event: SpeechEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void {
    const voiced = this.#isVoiced(
      Float64Array.from(decode(frame), (sample) => sample / 32768),
      playingDbfs,
    );
    this.#recent = [...this.#recent, voiced].slice(-4);
    if (voiced) this.#voicedUntilMs = timestampMs + 20;
    const passed = this.#recent.filter(Boolean).length >= 3;
    if (passed && !this.#speaking) {
      this.#speaking = true;
      this.#onEvent({ type: 'accepted', atMs: timestampMs });
    } else if (this.#speaking && timestampMs - this.#voicedUntilMs >= REARM_MS) {
      this.#speaking = false;
      this.#onEvent({ type: 'ended', atMs: this.#voicedUntilMs });
    }
  }

  #isVoiced(samples: Float64Array, playingDbfs: number): boolean {
    const loud = samples.map((sample) => this.#highPass.high(sample));
    const level = 10 * Math.log10(energy(loud) / loud.length + 1e-10);
    const band = samples.map((sample) => this.#low.low(this.#high.high(sample)));
    this.#window = Float64Array.from([...this.#window.slice(80), ...band.filter((_, i) => i % 2 === 0)]);
    this.#toneFor = isTone(samples) ? 3 : this.#toneFor - 1;
    if (this.#first.length < 15) {
      this.#first.push(level);
      this.#floor = Math.max(-68, this.#first.toSorted((a, b) => a - b)[7] ?? -68);
      return false;
    }
    this.#floor = Math.max(-68, this.#floor + (level > this.#floor ? 0.09 : -0.21));
    const gate = Math.max(this.#floor + 6, -45, playingDbfs > -50 ? playingDbfs - 17 : -45);
    return level > gate && this.#toneFor <= 0 && bestRepetition(this.#window) > 0.6;
  }
}

class OnePole {
  readonly #share: number;
  #state = 0;

  constructor(hertz: number) {
    this.#share = 1 - Math.exp((-2 * Math.PI * hertz) / 8000);
  }

  low(sample: number): number {
    this.#state += this.#share * (sample - this.#state);
    return this.#state;
  }

  high(sample: number): number {
    return sample - this.low(sample);
  }
}

function energy(samples: Float64Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}

function bestRepetition(window: Float64Array): number {
  let best = 0;
  for (let lag = 10; lag <= 50; lag++) {
    const [early, late] = [window.subarray(0, window.length - lag), window.subarray(lag)];
    const product = late.reduce((sum, sample, i) => sum + sample * (early[i] ?? 0), 0);
    best = Math.max(best, product / Math.sqrt(energy(early) * energy(late) + 1e-20));
  }
  return best;
}

function isTone(samples: Float64Array): boolean {
  const powers = TONES.map((hertz) => goertzel(samples, hertz)).toSorted((a, b) => b - a);
  return (powers[0] ?? 0) + (powers[1] ?? 0) > 0.7 * energy(samples) * (samples.length / 2);
}

function goertzel(samples: Float64Array, hertz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / 8000);
  let [last, before] = [0, 0];
  for (const sample of samples) [last, before] = [sample + coefficient * last - before, last];
  return last * last + before * before - coefficient * last * before;
}

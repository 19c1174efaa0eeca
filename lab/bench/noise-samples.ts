import { SAMPLE_RATE } from '../../src/audio/mulaw.js';

/** Samples at 8 kHz; full scale is 1. */
export type Samples = Float64Array;

/** Some seconds of a noise; the same for the same seed. */
export type Noise = (seconds: number, seed: number) => Samples;

export function samplesFor(seconds: number): number {
  return Math.round(seconds * SAMPLE_RATE);
}

/** `sampleAt` gets the time in seconds. */
export function generate(seconds: number, sampleAt: (time: number, index: number) => number): Samples {
  return Float64Array.from({ length: samplesFor(seconds) }, (_, i) => sampleAt(i / SAMPLE_RATE, i));
}

/** Adds `sound` to `samples` from index `at`, as far as it fits. */
export function add(samples: Samples, sound: Samples, at: number, gain = 1): void {
  const from = Math.max(0, -at);
  const to = Math.min(sound.length, samples.length - at);
  for (let i = from; i < to; i++) samples[at + i] = (samples[at + i] ?? 0) + gain * (sound[i] ?? 0);
}

export function decibels(value: number): number {
  return 10 ** (value / 20);
}

/** The level of what is loud: the power mean of the 20 ms frames within 30 dB of the loudest, in dBFS. */
export function activeLevelDbfs(samples: Samples): number {
  const powers = Array.from({ length: Math.floor(samples.length / 160) }, (_, frame) => {
    const part = samples.subarray(frame * 160, (frame + 1) * 160);
    return part.reduce((sum, sample) => sum + sample * sample, 0) / part.length;
  });
  const loudest = Math.max(...powers);
  const active = powers.filter((power) => power > loudest / 1000);
  return 10 * Math.log10(active.reduce((sum, power) => sum + power, 1e-12) / Math.max(1, active.length));
}

/** The same sound with its active level at `dbfs`. */
export function atLevel(samples: Samples, dbfs: number): Samples {
  const gain = decibels(dbfs - activeLevelDbfs(samples));
  return samples.map((sample) => sample * gain);
}

/** One pole: keeps what is below `hertz`. */
export function lowPass(samples: Samples, hertz: number): Samples {
  const share = 1 - Math.exp((-2 * Math.PI * hertz) / SAMPLE_RATE);
  let state = 0;
  return samples.map((sample) => (state += share * (sample - state)));
}

import { SILENCE } from '../../src/audio/mulaw.js';

const FRAME = 160;
const SAMPLE_RATE = 8000;

/** RMS of the 20 ms frames that are speech (above -45 dBFS), in dBFS. */
export function activeLevel(samples: Int16Array): number {
  const powers = Array.from({ length: Math.floor(samples.length / FRAME) }, (_, i) => {
    const frame = samples.subarray(i * FRAME, (i + 1) * FRAME);
    return frame.reduce((sum, sample) => sum + (sample / 32768) ** 2, 0) / FRAME;
  }).filter((power) => power > 10 ** (-45 / 10));
  return 10 * Math.log10(powers.reduce((sum, power) => sum + power, 0) / powers.length);
}

/** The loudest sample, in dBFS. */
export function peakLevel(samples: Int16Array): number {
  return 20 * Math.log10(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) / 32768);
}

/** How much of the energy lies between two frequencies, from 0 to 1. */
export type Spectrum = (fromHertz: number, toHertz: number) => number;

const WINDOW = 256;
const HANN = Float64Array.from(
  { length: WINDOW },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW),
);
const COSINE = Float64Array.from({ length: WINDOW }, (_, i) => Math.cos((2 * Math.PI * i) / WINDOW));

/** The mean spectrum in overlapping windows of 32 ms. */
export function spectrumOf(samples: Int16Array): Spectrum {
  const powers = new Float64Array(WINDOW / 2 + 1);
  for (let start = 0; start + WINDOW <= samples.length; start += WINDOW / 2) {
    addPowers(samples.subarray(start, start + WINDOW), powers);
  }
  const total = powers.reduce((sum, power) => sum + power, 0);
  return (fromHertz, toHertz) =>
    powers.reduce((sum, power, bin) => {
      const hertz = (bin * SAMPLE_RATE) / WINDOW;
      return hertz >= fromHertz && hertz <= toHertz ? sum + power : sum;
    }, 0) / total;
}

function addPowers(window: Int16Array, powers: Float64Array): void {
  const tapered = Float64Array.from(window, (sample, i) => sample * (HANN[i] ?? 0));
  for (let bin = 0; bin < powers.length; bin++) {
    let [real, imaginary] = [0, 0];
    for (let i = 0; i < WINDOW; i++) {
      const sample = tapered[i] ?? 0;
      real += sample * (COSINE[(bin * i) % WINDOW] ?? 0);
      imaginary += sample * (COSINE[(bin * i + WINDOW / 4) % WINDOW] ?? 0);
    }
    powers[bin] = (powers[bin] ?? 0) + real * real + imaginary * imaginary;
  }
}

/** The longest silence in mu-law until its last sound (ms). */
export function longestSilence(heard: Buffer): number {
  let [longest, silent] = [0, 0];
  for (const byte of heard) {
    if (byte !== SILENCE) longest = Math.max(longest, silent);
    silent = byte === SILENCE ? silent + 1 : 0;
  }
  return longest / 8;
}

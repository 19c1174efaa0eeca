import { SAMPLE_RATE } from './mulaw.js';

/** Touch tones, call progress tones, and the beeps of answering machines, fax and modems, in Hz. */
const TONES = [
  697, 770, 852, 941, 1209, 1336, 1477, 1633, 350, 440, 480, 620, 950, 1000, 1100, 1400, 1800, 2100,
];
const COEFFICIENTS = Float64Array.from(TONES, (hertz) => 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE));
/** The two strongest tones hold more of a tone's energy than that; speech spreads further. */
const SHARE = 0.7;

/** Whether one frame of samples is a signalling tone: one or two of the known frequencies and little besides. */
export function isTone(samples: Float64Array): boolean {
  let strongest = 0;
  let second = 0;
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
  for (let tone = 0; tone < COEFFICIENTS.length; tone++) {
    const power = goertzel(samples, COEFFICIENTS[tone] ?? 0);
    second = Math.max(second, Math.min(power, strongest));
    strongest = Math.max(strongest, power);
  }
  // A pure tone of this energy has a Goertzel power of half the samples times the energy.
  return strongest + second > SHARE * energy * (samples.length / 2);
}

function goertzel(samples: Float64Array, coefficient: number): number {
  let last = 0;
  let before = 0;
  for (let i = 0; i < samples.length; i++) {
    const next = (samples[i] ?? 0) + coefficient * last - before;
    before = last;
    last = next;
  }
  return last * last + before * before - coefficient * last * before;
}

import { SAMPLE_RATE } from '../mulaw.js';

/** Touch tones, call progress tones, and the beeps of answering machines, fax and modems, in Hz. */
const TONES = [
  697, 770, 852, 941, 1209, 1336, 1477, 1633, 350, 440, 480, 620, 950, 1000, 1100, 1400, 1800, 2100,
];
const COEFFICIENTS = Float64Array.from(TONES, (hertz) => 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE));
/** The two strongest tones hold more of a tone's energy than that; speech spreads further. */
const SHARE = 0.7;

/** So many tones are looked for at once: their filters do not wait for each other. */
const AT_ONCE = 6;
const powers = new Float64Array(TONES.length);

/** Whether one frame of samples is a signalling tone: one or two of the known frequencies and little besides. */
export function isTone(samples: Float64Array): boolean {
  let strongest = 0;
  let second = 0;
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
  for (let tone = 0; tone < TONES.length; tone += AT_ONCE) goertzel(samples, tone);
  for (let tone = 0; tone < TONES.length; tone++) {
    const power = powers[tone] ?? 0;
    second = Math.max(second, Math.min(power, strongest));
    strongest = Math.max(strongest, power);
  }
  // A pure tone of this energy has a Goertzel power of half the samples times the energy.
  return strongest + second > SHARE * energy * (samples.length / 2);
}

function goertzel(samples: Float64Array, tone: number): void {
  const c1 = COEFFICIENTS[tone] ?? 0;
  const c2 = COEFFICIENTS[tone + 1] ?? 0;
  const c3 = COEFFICIENTS[tone + 2] ?? 0;
  const c4 = COEFFICIENTS[tone + 3] ?? 0;
  const c5 = COEFFICIENTS[tone + 4] ?? 0;
  const c6 = COEFFICIENTS[tone + 5] ?? 0;
  let last1 = 0;
  let last2 = 0;
  let last3 = 0;
  let last4 = 0;
  let last5 = 0;
  let last6 = 0;
  let before1 = 0;
  let before2 = 0;
  let before3 = 0;
  let before4 = 0;
  let before5 = 0;
  let before6 = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    const next1 = c1 * last1 + (sample - before1);
    const next2 = c2 * last2 + (sample - before2);
    const next3 = c3 * last3 + (sample - before3);
    const next4 = c4 * last4 + (sample - before4);
    const next5 = c5 * last5 + (sample - before5);
    const next6 = c6 * last6 + (sample - before6);
    before1 = last1;
    before2 = last2;
    before3 = last3;
    before4 = last4;
    before5 = last5;
    before6 = last6;
    last1 = next1;
    last2 = next2;
    last3 = next3;
    last4 = next4;
    last5 = next5;
    last6 = next6;
  }
  powers[tone] = powerOf(last1, before1, c1);
  powers[tone + 1] = powerOf(last2, before2, c2);
  powers[tone + 2] = powerOf(last3, before3, c3);
  powers[tone + 3] = powerOf(last4, before4, c4);
  powers[tone + 4] = powerOf(last5, before5, c5);
  powers[tone + 5] = powerOf(last6, before6, c6);
}

function powerOf(last: number, before: number, coefficient: number): number {
  return last * last + before * before - coefficient * last * before;
}

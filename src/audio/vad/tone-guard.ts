import { SAMPLE_RATE } from '../mulaw.js';

/** Touch tones, call progress tones, and the beeps of answering machines, fax and modems, in Hz. */
const TONES = [
  697, 770, 852, 941, 1209, 1336, 1477, 1633, 350, 440, 480, 620, 950, 1000, 1100, 1400, 1800, 2100,
];
const COEFFICIENTS = Float64Array.from(TONES, (hertz) => 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE));
/** The two strongest tones hold more of a tone's energy than that; speech spreads further. */
const SHARE = 0.7;

/** So many tones are looked for at once: their filters do not wait for each other. */
const AT_ONCE = 3;
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
  let last1 = 0;
  let last2 = 0;
  let last3 = 0;
  let before1 = 0;
  let before2 = 0;
  let before3 = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    const next1 = sample + c1 * last1 - before1;
    const next2 = sample + c2 * last2 - before2;
    const next3 = sample + c3 * last3 - before3;
    before1 = last1;
    before2 = last2;
    before3 = last3;
    last1 = next1;
    last2 = next2;
    last3 = next3;
  }
  powers[tone] = powerOf(last1, before1, c1);
  powers[tone + 1] = powerOf(last2, before2, c2);
  powers[tone + 2] = powerOf(last3, before3, c3);
}

function powerOf(last: number, before: number, coefficient: number): number {
  return last * last + before * before - coefficient * last * before;
}

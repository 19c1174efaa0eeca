import { describe, expect, it } from 'vitest';
import { decode, SAMPLE_RATE } from '../../../src/audio/mulaw.js';
import { dtmf, dtmfFrequencies } from '../../../tools/call/touch-tones.js';

const ALL_TONES = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

/** Goertzel: the power of one frequency in the samples. */
function power(samples: Int16Array, hertz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE);
  let [last, before] = [0, 0];
  for (const sample of samples) [last, before] = [sample + coefficient * last - before, last];
  return last * last + before * before - coefficient * last * before;
}

describe('touch tones', () => {
  it.each([...'0123456789*#ABCD'])('key %s is its row tone and its column tone, and no other', (digit) => {
    const samples = decode(dtmf(digit, 80));
    const byPower = ALL_TONES.toSorted((a, b) => power(samples, b) - power(samples, a));
    expect(byPower.slice(0, 2).toSorted((a, b) => a - b)).toEqual(dtmfFrequencies(digit));
    expect(power(samples, byPower[1] ?? 0)).toBeGreaterThan(100 * power(samples, byPower[2] ?? 0));
  });

  it('is as long as asked, starts and ends softly and does not clip', () => {
    const audio = dtmf('5', 100);
    const samples = decode(audio);
    expect(audio.length).toBe(800);
    expect(Math.max(...samples.map(Math.abs))).toBeLessThan(16000);
    expect(Math.abs(samples[0] ?? 0)).toBeLessThan(500);
    expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(1000);
  });

  it.each(['', '12', 'E', ' ', 'a'])('refuses %j, which is no key', (digit) => {
    expect(dtmfFrequencies(digit)).toBeNull();
    expect(() => dtmf(digit, 100)).toThrow(RangeError);
  });
});

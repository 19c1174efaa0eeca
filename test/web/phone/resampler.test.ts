import { describe, expect, test } from 'vitest';
import { Resampler } from '../../../src/web/phone/resampler.js';

const DEVICE_RATES = [16_000, 44_100, 48_000, 96_000];

describe('the phone converts between the rate of a sound device and 8 kHz', () => {
  for (const rate of DEVICE_RATES) {
    test(`speech keeps its level, and nothing folds over, from ${rate} Hz`, () => {
      for (const hz of [200, 1000, 3000, 3400])
        expect(decibels(levelOf(fromDevice(tone(hz, rate)), hz, 8000)), `${hz} Hz`).toBeCloseTo(0, 0);
      for (const hz of [4100, 4600, 5000, 6000, 7900])
        expect(decibels(rootMeanSquare(fromDevice(tone(hz, rate)).subarray(200))), `${hz} Hz`).toBeLessThan(
          -60,
        );
    });

    test(`a tone has no image beside it at ${rate} Hz`, () => {
      for (const hz of [300, 1000, 3300]) {
        const heard = toDevice(tone(hz, 8000), rate).subarray(rate / 20);
        const level = levelOf(heard, hz, rate);
        expect(decibels(level), `${hz} Hz`).toBeCloseTo(0, 0);
        expect(
          decibels(Math.sqrt(Math.max(0, rootMeanSquare(heard) ** 2 - level ** 2))),
          `${hz} Hz`,
        ).toBeLessThan(-60);
      }
    });
  }

  test('ten seconds of the device are ten seconds of the telephone, at an odd rate too', () => {
    for (const rate of [44_100, 47_999]) {
      const resampler = new Resampler(rate, 8000);
      let count = 0;
      for (let i = 0; i < rate * 10; i++) {
        resampler.push(0);
        for (; resampler.needed === 0; count++) resampler.pull();
      }
      expect(count).toBe(80_000);
    }
  });
});

/** One second whose mean square is 1. */
function tone(hz: number, rate: number): Float32Array {
  return Float32Array.from({ length: rate }, (_, i) => Math.SQRT2 * Math.sin((2 * Math.PI * hz * i) / rate));
}

function fromDevice(samples: Float32Array): Float32Array {
  const resampler = new Resampler(samples.length, 8000);
  const converted: number[] = [];
  for (const sample of samples) {
    resampler.push(sample);
    while (resampler.needed === 0) converted.push(resampler.pull());
  }
  return Float32Array.from(converted);
}

function toDevice(samples: Float32Array, rate: number): Float32Array {
  const resampler = new Resampler(8000, rate);
  let at = 0;
  return Float32Array.from({ length: rate }, () => {
    while (resampler.needed > 0) resampler.push(samples[at++] ?? 0);
    return resampler.pull();
  });
}

/** How loud the tone is in the middle of the samples. */
function levelOf(samples: Float32Array, hz: number, rate: number): number {
  const whole = samples.subarray(rate / 20, rate / 20 + rate / 2);
  let [sine, cosine] = [0, 0];
  for (const [i, sample] of whole.entries()) {
    sine += sample * Math.sin((2 * Math.PI * hz * i) / rate);
    cosine += sample * Math.cos((2 * Math.PI * hz * i) / rate);
  }
  return (Math.SQRT2 * Math.hypot(sine, cosine)) / whole.length;
}

function rootMeanSquare(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function decibels(level: number): number {
  return 20 * Math.log10(level);
}

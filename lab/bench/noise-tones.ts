import { dtmfFrequencies } from '../../tools/call/touch-tones.js';
import { between, oneOf, seededRandom } from './noise-random.js';
import { add, decibels, generate, type Noise, type Samples, samplesFor } from './noise-samples.js';

const RAMP_SECONDS = 0.003;

/** Tones of one length together, with soft ends; each peaks at its gain. */
function tones(hertz: readonly number[], seconds: number, gains: readonly number[] = []): Samples {
  return generate(seconds, (time) => {
    const ramp = Math.min(1, time / RAMP_SECONDS, (seconds - time) / RAMP_SECONDS);
    return hertz.reduce(
      (sum, value, n) => sum + ramp * (gains[n] ?? 0.2) * Math.sin(2 * Math.PI * value * time),
      0,
    );
  });
}

/** Every key in turn, 50 to 300 ms long, with a twist of up to 8 dB and frequencies off by up to 1.5 %. */
export const keypadTones: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  let n = 0;
  for (let at = 0.3; at < seconds; n++) {
    const [row, column] = dtmfFrequencies('1234567890*#ABCD'[n % 16] ?? '1') ?? [697, 1209];
    const off = between(random, 0.985, 1.015);
    const length = between(random, 0.05, 0.3);
    const twist = decibels(between(random, -8, 8));
    add(samples, tones([row * off, column * off], length, [0.2, 0.2 * twist]), samplesFor(at));
    at += length + between(random, 0.05, 0.5);
  }
  return samples;
};

const PROGRESS: readonly (() => Samples)[] = [
  () => tones([440, 480], 2),
  () => tones([480, 620], 0.5),
  () => tones([350, 440], 2),
  () => tones([425], 1),
  () => tones([1100], 0.5),
  () => tones([2100], 2.6),
  () => tones([1000], 0.4),
  () => tones([1400], 0.2),
  () => inTurn([950, 1400, 1800], 0.33),
  () => inTurn([913.8, 1370.6, 1776.7], 0.274),
];

function inTurn(hertz: readonly number[], seconds: number): Samples {
  const samples = new Float64Array(samplesFor(seconds * hertz.length));
  hertz.forEach((value, n) => {
    add(samples, tones([value], seconds), samplesFor(n * seconds));
  });
  return samples;
}

/** Ringback, busy, dial, special information, fax and modem tones and beeps, one after the other. */
export const progressTones: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = 0.4; at < seconds; ) {
    const tone = oneOf(random, PROGRESS)();
    add(samples, tone, samplesFor(at), between(random, 0.4, 1.5));
    at += tone.length / 8000 + between(random, 0.2, 1);
  }
  return samples;
};

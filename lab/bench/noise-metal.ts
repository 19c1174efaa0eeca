import { between, gaussian, type Random, seededRandom } from './noise-random.js';
import { add, generate, type Noise, type Samples, samplesFor } from './noise-samples.js';

/** Tools and parts that fall or are struck, at random intervals: modes of no common measure that die away. */
export const metalClanks: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = between(random, 0.2, 1); at < seconds; at += between(random, 0.25, 2)) {
    add(samples, clank(random), samplesFor(at), between(random, 0.3, 1));
    // What falls jumps.
    if (random() < 0.3) add(samples, clank(random), samplesFor(at + between(random, 0.06, 0.2)), 0.4);
  }
  return samples;
};

function clank(random: Random): Samples {
  const lowest = between(random, 180, 900);
  const modes = Array.from({ length: 4 + Math.floor(random() * 6) }, (_, n) => ({
    hertz: Math.min(3700, lowest * (1 + n * between(random, 0.35, 1.1))),
    decay: between(random, 4, 40),
    gain: between(random, 0.2, 1) / (1 + n / 3),
    phase: between(random, 0, 6),
  }));
  return generate(0.7, (time) => {
    const ring = modes.reduce(
      (sum, { hertz, decay, gain, phase }) =>
        sum + gain * Math.exp(-decay * time) * Math.sin(2 * Math.PI * hertz * time + phase),
      0,
    );
    return ring + gaussian(random) * Math.exp(-time * 400);
  });
}

/** An impact wrench: bursts of half a second to two, some 20 blows a second, each a ringing and a hiss of air. */
export const impactWrench: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = 0.5; at < seconds; at += between(random, 0.5, 2)) {
    const [end, rate] = [at + between(random, 0.5, 2), between(random, 16, 26)];
    const blow = clank(random);
    for (; at < end; at += between(random, 0.95, 1.05) / rate) {
      add(samples, blow, samplesFor(at), between(random, 0.5, 1));
      add(
        samples,
        generate(0.04, () => 0.3 * gaussian(random)),
        samplesFor(at),
      );
    }
  }
  return samples;
};

import { between, gaussian, seededRandom } from './noise-random.js';
import { add, generate, lowPass, type Noise } from './noise-samples.js';

export const whiteNoise: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  return generate(seconds, () => gaussian(random));
};

/** White noise whose slow parts are louder: three low-passes an octave and more apart. */
export const pinkNoise: Noise = (seconds, seed) => {
  const white = whiteNoise(seconds, seed);
  const pink = white.map((sample) => 0.15 * sample);
  for (const [hertz, gain] of [
    [1200, 0.5],
    [250, 1.2],
    [50, 2.8],
  ] as const)
    add(pink, lowPass(white, hertz), 0, gain);
  return pink;
};

/** Mains hum of 50 or 60 Hz with harmonics that swell a little. */
export const mainsHum: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const mains = seed % 2 === 0 ? 50 : 60;
  const harmonics = Array.from({ length: 10 }, (_, n) => ({
    hertz: mains * (n + 1),
    gain: between(random, 0.2, 1) / (1 + n / 4),
    phase: between(random, 0, 6),
  }));
  return generate(
    seconds,
    (time) =>
      (1 + 0.1 * Math.sin(2 * Math.PI * 0.7 * time)) *
      harmonics.reduce(
        (sum, { hertz, gain, phase }) => sum + gain * Math.sin(2 * Math.PI * hertz * time + phase),
        0,
      ),
  );
};

/** A four-stroke engine: pulses at an ignition rate that wanders, with exhaust noise; revved now and then. */
export const engine: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  let [phase, firing, strength, target, revs] = [0, 0, 1, 25, 25];
  const pulses = generate(seconds, (_, i) => {
    if (i % 4000 === 0) target = random() < 0.15 ? between(random, 50, 110) : between(random, 22, 32);
    revs += (target - revs) / 6000;
    phase += revs / 8000;
    if (phase >= 1) {
      phase -= 1;
      firing = 1;
      strength = between(random, 0.6, 1.2);
    }
    firing *= 0.985;
    return strength * firing * (Math.sin(i / 2.3) + 0.6 * gaussian(random)) + 0.12 * gaussian(random);
  });
  return lowPass(pulses, 900);
};

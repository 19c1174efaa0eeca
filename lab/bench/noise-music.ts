import { between, gaussian, oneOf, type Random, seededRandom } from './noise-random.js';
import { add, generate, lowPass, type Noise, type Samples, samplesFor } from './noise-samples.js';

const SCALE = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16];

function pitch(semitones: number, root = 220): number {
  return root * 2 ** (semitones / 12);
}

/** A piano-like or organ-like note: harmonics that begin together and die away. */
function note(hertz: number, seconds: number, { decay = 3, vibrato = 0, brightness = 1.5 } = {}): Samples {
  const harmonics = Math.min(8, Math.floor(3600 / hertz));
  let phase = 0;
  return generate(seconds, (time) => {
    const swing = vibrato * Math.sin(2 * Math.PI * 5.5 * time) * Math.min(1, time * 3);
    phase += (2 * Math.PI * hertz * (1 + swing)) / 8000;
    let sum = 0;
    for (let n = 1; n <= harmonics; n++) sum += Math.sin(n * phase) / n ** brightness;
    return sum * Math.min(1, time / 0.02, (seconds - time) / 0.03) * Math.exp(-decay * time);
  });
}

/** Three or four notes at once, struck together. */
export const chords: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = 0; at < seconds; ) {
    const length = oneOf(random, [0.4, 0.8, 1.6]);
    const root = Math.floor(random() * 6);
    const decay = between(random, 0.5, 5);
    for (const step of [0, 2, 4, 7].slice(0, oneOf(random, [3, 4])))
      add(samples, note(pitch(SCALE[root + step] ?? 19, 147), length, { decay }), samplesFor(at), 0.3);
    at += length;
  }
  return samples;
};

/** One voice with vibrato, as a violin or a flute has it. */
export const melody: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = 0; at < seconds; ) {
    const length = oneOf(random, [0.2, 0.3, 0.4, 0.6, 1.2]);
    const sound = { decay: 0.4, vibrato: 0.008, brightness: between(random, 0.8, 2.2) };
    add(samples, note(pitch(oneOf(random, SCALE), 262), length, sound), samplesFor(at));
    at += length + (random() < 0.15 ? 0.4 : 0);
  }
  return samples;
};

/** Bass drum, snare, hi-hat and a bass line at 100 to 130 beats a minute. */
export const drumsAndBass: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  const beat = 60 / between(random, 100, 130);
  for (let step = 0; step * beat < seconds * 2; step++) {
    const at = samplesFor((step * beat) / 2);
    if (step % 4 === 0) add(samples, drum(random, 55, 12, 0.05), at);
    if (step % 4 === 2) add(samples, drum(random, 190, 18, 0.6), at, 0.8);
    add(samples, hat(random), at, 0.3);
    const bass = note(pitch(oneOf(random, [0, 0, 3, 5, 7, 10]), 73), beat / 2, { decay: 4, brightness: 1 });
    if (random() < 0.8) add(samples, bass, at, 0.5);
  }
  return samples;
};

function drum(random: Random, hertz: number, decay: number, hiss: number): Samples {
  return generate(
    0.25,
    (time) =>
      Math.exp(-decay * time) *
      (Math.sin(2 * Math.PI * hertz * (time + 0.02 * (1 - Math.exp(-40 * time)))) + hiss * gaussian(random)),
  );
}

function hat(random: Random): Samples {
  const hiss = generate(0.06, (time) => Math.exp(-70 * time) * gaussian(random));
  const dull = lowPass(hiss, 2000);
  return hiss.map((sample, i) => sample - (dull[i] ?? 0));
}

/** Plucked strings (Karplus and Strong), single and in broken chords. */
export const pluckedStrings: Noise = (seconds, seed) => {
  const random = seededRandom(seed);
  const samples = new Float64Array(samplesFor(seconds));
  for (let at = 0; at < seconds; at += oneOf(random, [0.15, 0.2, 0.3, 0.6]))
    add(
      samples,
      pluck(random, pitch(oneOf(random, SCALE), oneOf(random, [82, 110, 165, 220]))),
      samplesFor(at),
    );
  return samples;
};

function pluck(random: Random, hertz: number): Samples {
  const string = Float64Array.from({ length: Math.round(8000 / hertz) }, () => gaussian(random));
  let at = 0;
  return generate(1.2, () => {
    const [now, next] = [string[at] ?? 0, string[(at + 1) % string.length] ?? 0];
    string[at] = 0.498 * (now + next);
    at = (at + 1) % string.length;
    return now;
  });
}

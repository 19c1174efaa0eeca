import { FRAME_BYTES } from '../../src/audio/mulaw.js';
import { LevelMeter, NoiseFloor } from '../../src/audio/vad/level-meter.js';
import { isTone } from '../../src/audio/vad/tone-guard.js';
import { CUES, VoiceCues } from '../../src/audio/vad/voice-cues.js';
import { type CueScale, SCALES } from '../../src/audio/vad/voice-evidence.js';
import { chords, drumsAndBass, melody, pluckedStrings } from './noise-music.js';
import { fixtureSamples, prompts, spokenClips } from './voice-clips.js';
import { callerScenes, shopNoise } from './voice-latency.js';
import { noiseKinds, noiseScenes } from './voice-noises.js';
import type { Frames } from './voice-scene.js';

/*
 * Fits the weights of src/audio/vad/voice-evidence.ts to made voices and made noises: `node build/lab/bench/voice-fit.js`
 * after `npm run bench`. Neither the recorded clips nor the seeds of the benchmark are used.
 */

const SEED = 1001;
const MINUTES = 20;
const SPEECH_FRAMES = 40;
const TEXTS =
  'Yes.|No.|Stop.|Hello?|Wait.|Yes please.|I need an oil change.|No, I meant Thursday.|Can you hear me?|' +
  'How much is it?|Seven thirty is fine.|What about the brakes?|My car makes a strange noise.|Four.|Zero.|Excuse me.|' +
  'Could I speak to a person?|Fifteen.|Oh, one more thing.|The second one.|When are you open?|Maybe tomorrow.';
const WEIGHTS = new Map([['impact wrench', 8]]);
/** A kind with fewer frames than that counts less: its frames are no more than chance. */
const FEW = 300;

/** One frame: for each cue the index of its weight among all weights. */
type Frame = Uint16Array;

interface Group {
  readonly frames: readonly Frame[];
  readonly isVoice: boolean;
  readonly weight: number;
}

const FIRST = SCALES.map((_, cue) =>
  SCALES.slice(0, cue).reduce((sum, { weights }) => sum + weights.length, 1),
);
const COUNT = SCALES.reduce((sum, { weights }) => sum + weights.length, 1);

/** The frames of a scene that pass a simple gate and may be a voice, from one frame on. */
function framesOf({ audio, playingDbfs }: Frames, from: number, to: number): Frame[] {
  const [meter, floor, cues] = [new LevelMeter(), new NoiseFloor(), new VoiceCues()];
  const samples = new Float64Array(FRAME_BYTES);
  const found: Frame[] = [];
  let toneFor = 0;
  playingDbfs.forEach((playing, n) => {
    const level = meter.measure(audio, n * FRAME_BYTES, (n + 1) * FRAME_BYTES, samples);
    floor.push(level);
    const gate = Math.max(floor.dbfs + 6, -45, playing > -50 ? playing - 17 : -45);
    cues.push(samples, level, level > gate - 6);
    toneFor = isTone(samples) ? 3 : toneFor - 1;
    const counts = level > gate && floor.known && cues.strength > 0.5 && toneFor <= 0;
    if (counts && n >= from && n < to) found.push(binned(cues.values));
  });
  return found;
}

function binned(values: Float64Array): Frame {
  return Uint16Array.from({ length: CUES }, (_, cue) => {
    const below = SCALES[cue]?.edges.findIndex((edge) => (values[cue] ?? 0) < edge) ?? 0;
    return (FIRST[cue] ?? 0) + (below === -1 ? (SCALES[cue]?.edges.length ?? 0) : below);
  });
}

async function groups(): Promise<Group[]> {
  const prompt = await prompts([
    'Press one to book an oil change, or press two for brakes.',
    'Your appointment is confirmed.',
  ]);
  const noises = (await noiseKinds()).filter(({ name }) => name !== 'music');
  const music = [chords, melody, drumsAndBass, pluckedStrings].map((noise) => ({
    name: 'music',
    noise,
    minutes: 10,
    atMost: 0,
  }));
  const unvoiced = [...noises, ...music].map((kind) => {
    const frames = [...noiseScenes({ ...kind, minutes: MINUTES }, prompt, SEED)].flatMap((scene) =>
      framesOf(scene, 0, Number.POSITIVE_INFINITY),
    );
    return { frames, isVoice: false, weight: (WEIGHTS.get(kind.name) ?? 1) / Math.max(FEW, frames.length) };
  });
  const frames = await voicedFrames(prompt);
  const noise = unvoiced.reduce((sum, group) => sum + group.weight * group.frames.length, 0);
  const scaled = unvoiced.map((group) => ({ ...group, weight: group.weight / noise }));
  return [...scaled, { frames, isVoice: true, weight: 1 / frames.length }];
}

async function voicedFrames(prompt: Buffer): Promise<Frame[]> {
  const texts = TEXTS.split('|');
  const shop = shopNoise(await fixtureSamples('nz_b_shop_rumble.wav'));
  const found: Frame[] = [];
  for (const first of [0, 2, 4]) {
    const clips = await spokenClips(texts, first);
    for (const levelDbfs of [-20, -32])
      for (const around of [null, shop])
        for (const { frames, onsetMs } of callerScenes({ clips, prompt, levelDbfs, around, shifts: 1 })) {
          const onset = Math.floor(onsetMs / 20);
          found.push(...framesOf(frames, onset, onset + SPEECH_FRAMES));
        }
  }
  return found;
}

/** Logistic regression by gradient descent with momentum, the weights kept small. */
function regress(all: readonly Group[]): Float64Array {
  const [weights, speed] = [new Float64Array(COUNT), new Float64Array(COUNT)];
  for (let round = 0; round < 3000; round++) {
    const slope = weights.map((weight, n) => (n === 0 ? 0 : 2e-4 * weight));
    for (const { frames, isVoice, weight } of all)
      for (const frame of frames) {
        let odds = weights[0] ?? 0;
        for (let cue = 0; cue < CUES; cue++) odds += weights[frame[cue] ?? 0] ?? 0;
        const error = weight * (1 / (1 + Math.exp(-odds)) - (isVoice ? 1 : 0));
        slope[0] = (slope[0] ?? 0) + error;
        for (let cue = 0; cue < CUES; cue++) slope[frame[cue] ?? 0] = (slope[frame[cue] ?? 0] ?? 0) + error;
      }
    slope.forEach((down, n) => {
      speed[n] = 0.9 * (speed[n] ?? 0) - 0.3 * down;
      weights[n] = (weights[n] ?? 0) + (speed[n] ?? 0);
    });
  }
  return weights;
}

function shown(weights: Float64Array): string {
  let prior = weights[0] ?? 0;
  const lines = SCALES.map(({ edges }: CueScale, cue) => {
    const own = [...weights.subarray(FIRST[cue], (FIRST[cue] ?? 0) + edges.length + 1)];
    const mean = own.reduce((sum, weight) => sum + weight, 0) / own.length;
    prior += mean;
    return `edges ${edges.join(', ')}: weights ${own.map((weight) => (weight - mean).toFixed(1)).join(', ')}`;
  });
  return [`prior ${prior.toFixed(1)}`, ...lines].join('\n');
}

console.log(shown(regress(await groups())));

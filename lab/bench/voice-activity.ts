import { createVoicedSpeechDetector, type VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';
import { metalClanks } from './noise-metal.js';
import { melody } from './noise-music.js';
import type { Noise } from './noise-samples.js';
import { type Clip, fixtureSamples, prompts, recordedClips, spokenClips } from './voice-clips.js';
import { frameCost, thousandCalls } from './voice-cost.js';
import { echoScenes } from './voice-echo.js';
import {
  type CallerScene,
  callerScenes,
  type Latencies,
  measureLatencies,
  shopNoise,
} from './voice-latency.js';
import { interrupted, interruptionsPerMinute, noiseKinds, noiseScenes, noiseStarts } from './voice-noises.js';
import { PlainRecipe } from './voice-plain-recipe.js';

/** The detector beside the plain recipe that it grew from, on the same audio. */
export const topic: BenchTopic = {
  title: 'Voice activity: callers and noises over the prompt, beside the plain recipe',
  run: measure,
};

const FRAME_US = 2;
const ours = createVoicedSpeechDetector;
const plain: VoiceActivityFactory = (onEvent) => new PlainRecipe(onEvent);

const SHIFTS = 8;
const NORMAL_DBFS = -20;
const SOFT_DBFS = NORMAL_DBFS - 12;
const SEED = 1;
const NOISE_SECONDS = 60;
const STARTS = new Set(['impact wrench', 'metal clanks', 'music']);
const START_COUNT = 40;
const PROMPT_TEXTS = [
  'Thank you for calling. This is the service desk.',
  'Press one to book an oil change, or press two for brakes.',
  'We have an opening on Tuesday, October fourteenth, at nine thirty in the morning.',
  'Your appointment is confirmed. We will send you a message with the details.',
  'To hear this again, press star. To speak with somebody at the front desk, press zero.',
];
const CALLER_TEXTS = [
  'Yes please.',
  'I need an oil change for my truck.',
  'No, I meant Thursday.',
  'Hello, can you hear me?',
  'How much is it for four tires?',
  'Seven thirty is fine.',
  'Stop.',
  'What about the brakes?',
  'My car makes a strange noise.',
];

async function measure(): Promise<BenchRow[]> {
  const prompt = await prompts(PROMPT_TEXTS);
  const [recorded, spoken] = [await recordedClips(), await spokenClips(CALLER_TEXTS)];
  const shop = shopNoise(await fixtureSamples('nz_b_shop_rumble.wav'));
  const people = { prompt, levelDbfs: NORMAL_DBFS, shifts: SHIFTS };
  const scenes = (clips: readonly Clip[], levelDbfs: number, around: typeof shop | null, shifts = SHIFTS) =>
    callerScenes({ clips, prompt, levelDbfs, around, shifts });
  const among = (noise: Noise) =>
    callerScenes({ ...people, around: noise(NOISE_SECONDS, SEED), snrDb: 10, clips: recorded });
  const quiet = scenes(recorded, NORMAL_DBFS, null);
  const noisy = scenes(recorded, NORMAL_DBFS, shop);
  return [
    ...latencyRows('people, quiet line', quiet, true),
    ...latencyRows('people, shop noise at 15 dB', noisy, true),
    ...latencyRows('people 12 dB softer, quiet line', scenes(recorded, SOFT_DBFS, null), false),
    ...latencyRows('people 12 dB softer, shop noise', scenes(recorded, SOFT_DBFS, shop), false),
    plainLatencyRow('made voices, shop noise', scenes(spoken, NORMAL_DBFS, shop, 2)),
    plainLatencyRow('people among metal clanks at 10 dB', among(metalClanks)),
    plainLatencyRow('people among music at 10 dB', among(melody)),
    ...(await noiseRows(prompt)),
    ...(await startRows(prompt)),
    ...echoRows(prompt),
    ...costRows([...quiet, ...noisy]),
  ];
}

function latencyRows(figure: string, scenes: readonly CallerScene[], timed: boolean): BenchRow[] {
  const [our, reference] = [measureLatencies(ours, scenes), measureLatencies(plain, scenes)];
  const found: BenchRow = {
    figure: `${figure}: missed, early`,
    measured: `${our.missed}, ${our.early} of ${scenes.length}`,
    reference: `${reference.missed}, ${reference.early}`,
    target: '0, 0',
    met: our.missed + our.early === 0,
  };
  const latency = { figure: `${figure}: accepted after`, measured: shown(our), reference: shown(reference) };
  if (!timed) return [latency, found];
  const met = quantile(our.ms, 0.5) <= 150 && quantile(our.ms, 1) <= 300;
  return [{ ...latency, target: 'median 150 ms, worst 300 ms', met }, found];
}

/** Informs; what is accepted before the onset is the noise. */
function plainLatencyRow(figure: string, scenes: readonly CallerScene[]): BenchRow {
  const [our, reference] = [measureLatencies(ours, scenes), measureLatencies(plain, scenes)];
  const text = (found: Latencies) =>
    `${shown(found)}; missed ${found.missed}, early ${found.early} of ${scenes.length}`;
  return {
    figure: `${figure}: accepted after`,
    measured: text(our),
    reference: text(reference),
  };
}

async function noiseRows(prompt: Buffer): Promise<BenchRow[]> {
  return (await noiseKinds()).map((kind) =>
    falseRow(kind.name, kind.atMost, noiseScenes(kind, prompt, SEED)),
  );
}

/** Informs: before a line is known to be noisy, its first sounds are taken for a voice more often. */
async function startRows(prompt: Buffer): Promise<BenchRow[]> {
  const kinds = (await noiseKinds()).filter(({ name }) => STARTS.has(name));
  return kinds.map(({ name, noise }) => {
    const [our, reference] = interrupted([ours, plain], noiseStarts(noise, prompt, SEED, START_COUNT));
    return {
      figure: `interrupted as it begins: ${name}`,
      measured: `${our} of ${START_COUNT}`,
      reference: `${reference} of ${START_COUNT}`,
    };
  });
}

function echoRows(prompt: Buffer): BenchRow[] {
  return [
    falseRow('echo at -20 dB', 0, echoScenes(prompt, 20, SEED)),
    falseRow('echo at -15 dB', 2, echoScenes(prompt, 15, SEED)),
    falseRow('echo at -14 dB', 2, echoScenes(prompt, 14, SEED)),
  ];
}

function falseRow(name: string, atMost: number, scenes: ReturnType<typeof echoScenes>): BenchRow {
  const [our = Number.NaN, reference = Number.NaN] = interruptionsPerMinute([ours, plain], scenes);
  return {
    figure: `interruptions a minute: ${name}`,
    measured: our.toFixed(1),
    reference: reference.toFixed(1),
    target: atMost === 0 ? '0' : `at most ${atMost}`,
    met: our <= atMost,
  };
}

function costRows(scenes: readonly CallerScene[]): BenchRow[] {
  const frames = scenes.map((scene) => scene.frames);
  const [our, reference] = [frameCost(ours, frames), frameCost(plain, frames)];
  const [calls, plainCalls] = [thousandCalls(ours, frames), thousandCalls(plain, frames)];
  return [
    {
      figure: 'a frame of 20 ms, median',
      measured: `${our.toFixed(1)} us`,
      reference: `${reference.toFixed(1)} us`,
      ratio: our / reference,
      target: `at most ${FRAME_US} us`,
      met: our <= FRAME_US,
    },
    {
      figure: '1,000 calls, CPU for one second of audio',
      measured: `${calls.toFixed(0)} ms`,
      reference: `${plainCalls.toFixed(0)} ms`,
      ratio: calls / plainCalls,
    },
  ];
}

function shown({ ms }: Latencies): string {
  return `median ${quantile(ms, 0.5).toFixed(0)} ms, worst ${quantile(ms, 1).toFixed(0)} ms`;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

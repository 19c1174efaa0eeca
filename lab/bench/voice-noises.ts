import type { VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import { impactWrench, metalClanks } from './noise-metal.js';
import { chords, drumsAndBass, melody, pluckedStrings } from './noise-music.js';
import { add, atLevel, type Noise, type Samples } from './noise-samples.js';
import { engine, mainsHum, pinkNoise, whiteNoise } from './noise-steady.js';
import { keypadTones, progressTones } from './noise-tones.js';
import { fixtureSamples } from './voice-clips.js';
import { type Frames, lineNoise, listen, toFrames, type Verdict } from './voice-scene.js';

/** A kind of noise with how often a minute it may interrupt. */
export interface NoiseKind {
  readonly name: string;
  readonly noise: Noise;
  readonly minutes: number;
  readonly atMost: number;
}

/** Each piece is so long; they differ in seed and in level, and half of them begin with a quiet line. */
const PIECE_SECONDS = 100;
const QUIET_SECONDS = [0, 3, 3, 0, 3, 0, 0, 3];
const LEVELS_DBFS = [-20, -25, -30];
/** Who is held to be speaking for longer interrupts once more each second. */
const AGAIN_MS = 1000;

export async function noiseKinds(): Promise<NoiseKind[]> {
  const [wrench, keys] = await Promise.all([
    fixtureSamples('nz_a_impact_wrench.wav'),
    fixtureSamples('nz_c_dtmf.wav'),
  ]);
  const kind = (name: string, atMost: number, noise: Noise, minutes = 10) => ({
    name,
    atMost,
    noise,
    minutes,
  });
  return [
    kind('steady noise', 0, inTurn([whiteNoise, pinkNoise])),
    kind('mains hum', 0, mainsHum),
    kind('engine', 0, engine),
    kind('impact wrench', 0, inTurn([repeated(wrench), impactWrench])),
    kind('keypad tones', 0, inTurn([repeated(keys), keypadTones])),
    kind('call progress tones', 0, progressTones),
    kind('metal clanks', 1, metalClanks),
    kind('music', 2, inTurn([chords, melody, drumsAndBass, pluckedStrings]), 20),
  ];
}

/** One after the other, by seed. */
function inTurn(noises: readonly Noise[]): Noise {
  return (seconds, seed) => noises[seed % noises.length]?.(seconds, seed) ?? new Float64Array();
}

function repeated(sound: Samples): Noise {
  return (seconds) => Float64Array.from({ length: seconds * 8000 }, (_, i) => sound[i % sound.length] ?? 0);
}

/** Pieces of one noise over the prompt (mu-law), made one by one as they are asked for. */
export function* noiseScenes(
  { noise, minutes }: NoiseKind,
  prompt: Buffer,
  firstSeed: number,
): Generator<Frames> {
  const pieces = Math.ceil((minutes * 60) / PIECE_SECONDS);
  for (let piece = 0; piece < pieces; piece++) {
    const seed = firstSeed + piece;
    const quiet = QUIET_SECONDS[piece % QUIET_SECONDS.length] ?? 0;
    const level = LEVELS_DBFS[piece % LEVELS_DBFS.length] ?? -20;
    const caller = lineNoise(PIECE_SECONDS, seed);
    add(caller, atLevel(noise(PIECE_SECONDS - quiet, seed), level), quiet * 8000);
    yield toFrames({ caller, prompt });
  }
}

const START_SECONDS = 6;

/** The first three seconds of a noise on a line that was quiet, so many times, each time another piece of it. */
export function* noiseStarts(
  noise: Noise,
  prompt: Buffer,
  firstSeed: number,
  count: number,
): Generator<Frames> {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const caller = lineNoise(START_SECONDS, seed);
    add(caller, atLevel(noise(START_SECONDS / 2, seed), -22), (START_SECONDS / 2) * 8000);
    yield toFrames({ caller, prompt });
  }
}

/** In how many of these scenes each detector would have interrupted the agent. */
export function interrupted(detectors: readonly VoiceActivityFactory[], scenes: Iterable<Frames>): number[] {
  const counts = detectors.map(() => 0);
  for (const scene of scenes)
    detectors.forEach((create, n) => {
      if (listen(create, scene).some(({ type }) => type === 'accepted')) counts[n] = (counts[n] ?? 0) + 1;
    });
  return counts;
}

/** How often a minute each detector would have interrupted the agent in these scenes. */
export function interruptionsPerMinute(
  detectors: readonly VoiceActivityFactory[],
  scenes: Iterable<Frames>,
): number[] {
  const counts = detectors.map(() => 0);
  let frames = 0;
  for (const scene of scenes) {
    frames += scene.playingDbfs.length;
    detectors.forEach((create, n) => {
      counts[n] = (counts[n] ?? 0) + interruptions(listen(create, scene), scene.playingDbfs.length * 20);
    });
  }
  return counts.map((count) => count / (frames / 3000));
}

function interruptions(verdicts: readonly Verdict[], endMs: number): number {
  const accepted = verdicts.filter(({ type }) => type === 'accepted');
  const ended = verdicts.filter(({ type }) => type === 'ended');
  return accepted.reduce((sum, { knownAtMs }, n) => {
    const heldMs = (ended[n]?.atMs ?? endMs) - knownAtMs;
    return sum + 1 + Math.max(0, Math.floor(heldMs / AGAIN_MS));
  }, 0);
}

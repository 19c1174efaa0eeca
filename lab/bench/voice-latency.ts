import type { VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import { add, atLevel, type Samples } from './noise-samples.js';
import { pinkNoise } from './noise-steady.js';
import type { Clip } from './voice-clips.js';
import { type Frames, lineNoise, listen, toFrames } from './voice-scene.js';

/** Speech begins so long after the scene does. */
const BEFORE_MS = 3000;
/** What is known that much before the onset is something else; onsets are good to 25 ms. */
const EARLY_MS = 30;

export interface CallerConditions {
  readonly clips: readonly Clip[];
  /** Mu-law of what the agent says meanwhile. */
  readonly prompt: Buffer;
  /** The active level of the caller, in dBFS. */
  readonly levelDbfs: number;
  /** The noise of where the caller stands; null: a quiet line. */
  readonly around: Samples | null;
  /** How much softer that noise is than the speech. */
  readonly snrDb?: number;
  /** Each clip is heard so often, each time at another part of a frame and of the prompt. */
  readonly shifts: number;
}

/** A caller who begins to speak at a known time, while the agent does. */
export interface CallerScene {
  readonly frames: Frames;
  readonly onsetMs: number;
}

export interface Latencies {
  /** From the onset to the end of the frame that told of it; in order. */
  readonly ms: readonly number[];
  readonly missed: number;
  /** Scenes in which something was accepted before anybody spoke. */
  readonly early: number;
}

export function callerScenes(conditions: CallerConditions): CallerScene[] {
  return conditions.clips.flatMap((clip, n) =>
    Array.from({ length: conditions.shifts }, (_, shift) =>
      callerScene(conditions, clip, shift, n * conditions.shifts + shift),
    ),
  );
}

function callerScene(conditions: CallerConditions, clip: Clip, shift: number, seed: number): CallerScene {
  const { levelDbfs, around, snrDb = 15, shifts, prompt } = conditions;
  const offset = Math.floor((shift * 160) / shifts) + (shift % 2) * 80;
  const at = BEFORE_MS * 8 - Math.round(clip.onsetMs * 8) + offset;
  const seconds = Math.ceil((at + clip.samples.length) / 8000);
  const caller = lineNoise(seconds, seed);
  add(caller, atLevel(clip.samples, levelDbfs), at);
  if (around) add(caller, atLevel(around, levelDbfs - snrDb), -((seed * 7919) % (around.length >> 1)));
  const from = (seed * 8000) % prompt.length;
  const turned = Buffer.concat([prompt.subarray(from), prompt.subarray(0, from)]);
  return { frames: toFrames({ caller, prompt: turned }), onsetMs: BEFORE_MS + offset / 8 };
}

/** Recorded rumble and pink noise together, of equal loudness, as long as the recording four times over. */
export function shopNoise(rumble: Samples): Samples {
  const seconds = (rumble.length * 4) / 8000;
  const shop = atLevel(pinkNoise(seconds, 77), -20);
  for (let n = 0; n < 4; n++) add(shop, atLevel(rumble, -20), n * rumble.length);
  return shop;
}

export function measureLatencies(create: VoiceActivityFactory, scenes: readonly CallerScene[]): Latencies {
  const known = scenes.map(({ frames, onsetMs }) =>
    listen(create, frames)
      .filter(({ type }) => type === 'accepted')
      .map(({ knownAtMs }) => knownAtMs - onsetMs),
  );
  const ms = known.flatMap((times) => times.find((time) => time >= -EARLY_MS) ?? []);
  return {
    ms: ms.toSorted((a, b) => a - b),
    missed: known.length - ms.length,
    early: known.filter(([first = 0]) => first < -EARLY_MS).length,
  };
}

import { FRAME_BYTES } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { EchoReference } from '../../src/audio/vad/echo-reference.js';
import type { SpeechEvent, VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import { gaussian, seededRandom } from './noise-random.js';
import { decibels, generate, type Samples } from './noise-samples.js';

const FRAME_MS = 20;
const AHEAD_MS = 200;
const MESSAGE_BYTES = 800;

/** What comes from the caller in one run, and what the agent says meanwhile. */
export interface Scene {
  readonly caller: Samples;
  /** Mu-law, repeated for as long as the scene lasts; null: the agent is silent. */
  readonly prompt: Buffer | null;
}

/** One event and the media time at which it was known: the end of the frame that decided it. */
export interface Verdict extends SpeechEvent {
  readonly knownAtMs: number;
}

/** The soft noise of an open line, at -68 dBFS. */
export function lineNoise(seconds: number, seed: number): Samples {
  const random = seededRandom(seed);
  return generate(seconds, () => decibels(-68) * gaussian(random));
}

/** Frames with the level of what plays at the time, ready for a detector. */
export interface Frames {
  readonly audio: Buffer;
  readonly playingDbfs: Float64Array;
}

/** Sends the prompt 200 ms ahead in messages of 100 ms, as the playback does, on a clock that goes by frames. */
export function toFrames({ caller, prompt }: Scene): Frames {
  const audio = encode(Int16Array.from(caller, clip));
  const reference = new EchoReference();
  let sent = 0;
  const playingDbfs = Float64Array.from({ length: Math.floor(audio.length / FRAME_BYTES) }, (_, n) => {
    const now = (n + 1) * FRAME_MS;
    for (; prompt && sent / 8 < now + AHEAD_MS; sent += MESSAGE_BYTES) {
      const from = sent % prompt.length;
      reference.sent(prompt.subarray(from, from + MESSAGE_BYTES), sent / 8);
    }
    return reference.loudestDbfs(now);
  });
  return { audio, playingDbfs };
}

function clip(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
}

/** Runs a new detector over the frames. */
export function listen(create: VoiceActivityFactory, { audio, playingDbfs }: Frames): Verdict[] {
  const verdicts: Verdict[] = [];
  let now = 0;
  const detector = create((event) => verdicts.push({ ...event, knownAtMs: now + FRAME_MS }));
  playingDbfs.forEach((playing, n) => {
    now = n * FRAME_MS;
    detector.push(audio.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES), now, playing);
  });
  return verdicts;
}

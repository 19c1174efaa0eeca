import { setImmediate as turn } from 'node:timers/promises';
import type { SileroModel } from '../../examples/silero/silero-model.js';
import { createSileroDetectors } from '../../examples/silero/silero-voice-activity.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import type { SpeechEvent } from '../../src/audio/vad/voice-activity.js';

type Run = SileroModel['run'];

export const NOTHING_PLAYS = Number.NEGATIVE_INFINITY;

/** Hiss of this level, the same each time. */
export function hiss(dbfs: number, frames = 1): Buffer {
  let seed = 1;
  const peak = 32768 * 10 ** (dbfs / 20) * Math.sqrt(3);
  const samples = Int16Array.from({ length: 160 * frames }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return (seed / 2 ** 31) * peak;
  });
  return encode(samples);
}

/** A detector of one call over a model of the test; a fault of a run is kept. */
export function detectorOver(run: Run) {
  const events: SpeechEvent[] = [];
  const faults: unknown[] = [];
  let running = 0;
  let mostRunning = 0;
  const model: SileroModel = {
    async run(samples, state) {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      try {
        return await run(samples, state);
      } finally {
        running -= 1;
      }
    },
  };
  const create = createSileroDetectors(model, (fault) => faults.push(fault));
  const detector = create((event) => events.push(event));
  const idle = async () => {
    do await turn();
    while (running > 0);
  };
  let nextMs = 0;
  /** Each frame is judged before the next one comes. */
  const hear = async (frames: readonly Uint8Array[], playingDbfs = NOTHING_PLAYS) => {
    for (const frame of frames) {
      detector.push(frame, nextMs, playingDbfs);
      nextMs += frame.length / 8;
      await idle();
    }
  };
  const told = () => events.map(({ type, atMs }) => `${type} ${atMs}`);
  return { detector, events, faults, hear, idle, told, mostRunning: () => mostRunning };
}

export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
export const LOUD = hiss(-20);

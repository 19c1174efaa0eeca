import type { VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import type { Frames } from './voice-scene.js';

const FRAME_BYTES = 160;
const BATCH = 50;
const CALLS = 1000;

/** The median cost of a frame in microseconds, over batches of a second of audio. */
export function frameCost(create: VoiceActivityFactory, scenes: readonly Frames[]): number {
  const costs = scenes.flatMap((frames) => {
    const detector = create(() => {});
    const batches = Math.floor(frames.playingDbfs.length / BATCH);
    return Array.from({ length: batches }, (_, batch) => {
      const startedAt = performance.now();
      for (let n = batch * BATCH; n < (batch + 1) * BATCH; n++) pushFrame(detector, frames, n);
      return ((performance.now() - startedAt) * 1000) / BATCH;
    });
  });
  return costs.toSorted((a, b) => a - b)[costs.length >> 1] ?? Number.NaN;
}

/** CPU milliseconds that one second of a thousand calls takes; the calls take turns by frame, as on the wire. */
export function thousandCalls(create: VoiceActivityFactory, scenes: readonly Frames[]): number {
  const detectors = Array.from({ length: CALLS }, () => create(() => {}));
  const second = (round: number) => {
    for (let n = round * BATCH; n < (round + 1) * BATCH; n++)
      detectors.forEach((detector, call) => {
        const frames = scenes[call % scenes.length];
        if (frames) pushFrame(detector, frames, (n + call) % frames.playingDbfs.length);
      });
  };
  second(0);
  const startedAt = process.cpuUsage();
  second(1);
  const { user, system } = process.cpuUsage(startedAt);
  return (user + system) / 1000;
}

function pushFrame(
  detector: ReturnType<VoiceActivityFactory>,
  { audio, playingDbfs }: Frames,
  n: number,
): void {
  const frame = audio.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES);
  detector.push(frame, n * 20, playingDbfs[n] ?? Number.NEGATIVE_INFINITY);
}

import { expect, test } from 'vitest';
import { CallerFrames } from '../../../src/web/phone/phone-audio.js';

test('a second of a device without a microphone is fifty frames of silence', () => {
  const frames: Uint8Array[] = [];
  const cutter = new CallerFrames(48_000, (frame) => frames.push(frame));
  for (let i = 0; i < 375; i++) cutter.push(null, 128);
  expect(frames).toHaveLength(50);
  expect(new Set(frames.flatMap((frame) => [...frame]))).toEqual(new Set([0xff]));
  expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([160]));
});

test('a voice louder than full scale is clipped, and does not turn over', () => {
  const frames: Uint8Array[] = [];
  const cutter = new CallerFrames(8000, (frame) => frames.push(frame));
  cutter.push(new Float32Array(1600).fill(1.5), 1600);
  expect(new Set(frames.at(-1))).toEqual(new Set([0x80]));
});

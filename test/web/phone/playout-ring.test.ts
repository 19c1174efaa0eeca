import { describe, expect, test } from 'vitest';
import { MULAW_LEVELS } from '../../../src/audio/mulaw.js';
import { HOLD_MS, PlayoutRing } from '../../../src/web/phone/playout-ring.js';

const HOLD = HOLD_MS * 8;
/** A byte that is no silence. */
const LOUD = 0x80;

describe('the ring of the agent’s audio', () => {
  test('holds the first sound for a moment, and plays what follows without a gap', () => {
    const { ring } = ringWithMarks();
    ring.push(sound(160));
    const levels = read(ring, HOLD);
    ring.push(sound(160));
    expect(levels.every((level) => level === 0)).toBe(true);
    expect(read(ring, 320).every((level) => level === MULAW_LEVELS[LOUD])).toBe(true);
    expect(ring.waitingMs).toBe(0);
  });

  test('gives a mark back when the sound before it has left the speaker', () => {
    const { ring, marks } = ringWithMarks();
    ring.latencySeconds = 0.03;
    ring.push(sound(800));
    ring.mark('one');
    read(ring, HOLD + 800 + 239);
    expect(marks).toEqual([]);
    read(ring, 1);
    expect(marks).toEqual(['one']);
    expect(ring.underruns).toBe(0);
  });

  test('gives a mark back at once when nothing sounds', () => {
    const { ring, marks } = ringWithMarks();
    ring.mark('one');
    expect(marks).toEqual(['one']);
  });

  test('is empty after a clear, and all marks are back in order, those of sound in the speaker first', () => {
    const { ring, marks } = ringWithMarks();
    ring.latencySeconds = 0.05;
    ring.push(sound(160));
    ring.mark('one');
    ring.push(sound(1600));
    ring.mark('two');
    ring.mark('three');
    read(ring, HOLD + 200);
    expect([ring.pendingMarks, marks]).toEqual([3, []]);
    ring.clear();
    expect(marks).toEqual(['one', 'two', 'three']);
    expect([ring.waitingMs, ring.pendingMarks]).toEqual([0, 0]);
    expect(read(ring, 400).every((level) => level === 0)).toBe(true);
    expect(ring.underruns).toBe(0);
  });

  test('counts it once when audio is late in the middle of an utterance, and holds again', () => {
    const { ring } = ringWithMarks();
    ring.push(sound(160));
    read(ring, HOLD + 160 + 500);
    expect(ring.underruns).toBe(1);
    ring.push(sound(160));
    expect(read(ring, HOLD).every((level) => level === 0)).toBe(true);
    expect(read(ring, 1)).toEqual([MULAW_LEVELS[LOUD]]);
  });

  test('loses nothing of a minute that comes at once', () => {
    const { ring, marks } = ringWithMarks();
    for (let i = 0; i < 60; i++) ring.push(sound(8000));
    ring.mark('end');
    expect(ring.waitingMs).toBe(60_000);
    expect(read(ring, HOLD + 480_000).filter((level) => level !== 0)).toHaveLength(480_000);
    expect(marks).toEqual(['end']);
  });
});

function ringWithMarks() {
  const marks: string[] = [];
  return { marks, ring: new PlayoutRing((name) => marks.push(name)) };
}

function sound(length: number): Uint8Array {
  return new Uint8Array(length).fill(LOUD);
}

function read(ring: PlayoutRing, count: number): number[] {
  return Array.from({ length: count }, () => ring.next());
}

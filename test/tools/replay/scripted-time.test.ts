import { describe, expect, it } from 'vitest';
import type { ScriptItem } from '../../../tools/replay/caller-script.js';
import { ScriptedTime } from '../../../tools/replay/scripted-time.js';

const frame = (atMs: number): ScriptItem => ({ atMs, does: 'frame', text: `frame ${atMs}`, cue: null });
const key = (atMs: number, afterMs: number): ScriptItem => ({
  atMs,
  does: 'send',
  text: 'key',
  cue: { utterance: 0, what: 'played', afterMs },
});

const FRAMES = [0, 20, 40, 60, 80].map(frame);

/** What is done and when, with the mark of the first utterance coming back at `playedAtMs`. */
function played(items: readonly ScriptItem[], playedAtMs: number, silenceMs: number | null = 20): string[] {
  const time = new ScriptedTime(items, silenceMs);
  const done: string[] = [];
  let isPlayed = false;
  for (let due = time.dueMs; due !== null; due = time.dueMs) {
    if (!isPlayed && due >= playedAtMs) {
      isPlayed = true;
      time.onCue({ utterance: 0, what: 'played' }, playedAtMs);
      continue;
    }
    const { item, skippedFrames } = time.take();
    const skipped = skippedFrames > 0 ? `, ${skippedFrames} left out` : '';
    done.push(`${due} ${item === 'silence' || item === null ? item : item.text}${skipped}`);
  }
  return done;
}

describe('ScriptedTime', () => {
  it('goes by the recorded time as long as the conversation does', () => {
    expect(played([...FRAMES, key(100, 50), frame(120)], 50)).toEqual([
      '0 frame 0',
      '20 frame 20',
      '40 frame 40',
      '60 frame 60',
      '80 frame 80',
      '100 key',
      '120 frame 120',
    ]);
  });

  it('waits in silence for a prompt that takes longer, and everything after comes later', () => {
    const done = played([...FRAMES, key(100, 10), frame(120)], 190);
    expect(done.slice(5)).toEqual([
      '100 silence',
      '120 silence',
      '140 silence',
      '160 silence',
      '180 silence',
      '200 key',
      '220 frame 120',
    ]);
  });

  it('sends nothing meanwhile on a stream that leaves silence out', () => {
    expect(played([...FRAMES, key(100, 10)], 190, null).slice(5)).toEqual(['200 key']);
  });

  it('leaves frames out when a prompt is shorter', () => {
    const far = [0, 20, 40, 500, 520, 540].map(frame);
    expect(played([...far, key(560, 10)], 100)).toEqual([
      '0 frame 0',
      '20 frame 20',
      '40 frame 40',
      '110 key, 3 left out',
    ]);
  });

  it('gives up a cue that never comes', () => {
    expect(played([...FRAMES, key(100, 10)], Number.POSITIVE_INFINITY, null).at(-1)).toBe('15100 key');
  });
});

import { describe, expect, it } from 'vitest';
import { alignPauses, type WordBreak } from '../../src/twilio/pause-alignment.js';

const sentence = (word: number, letters: number, unsure = 0): WordBreak => ({
  word,
  letters,
  unsure,
  endsSentence: true,
});
const clause = (word: number, letters: number): WordBreak => ({
  word,
  letters,
  unsure: 0,
  endsSentence: false,
});
const pause = (voicedMs: number, lengthMs = 250) => ({ voicedMs, lengthMs });
const KNOWN = { msPerLetter: 60, end: null };

describe('the pauses that punctuation is heard as', () => {
  it('are those that are near to where the letters say', () => {
    expect(alignPauses([sentence(4, 16), sentence(9, 40)], [pause(990), pause(2350)], KNOWN)).toEqual([
      { word: 4, voicedMs: 990 },
      { word: 9, voicedMs: 2350 },
    ]);
  });

  it('are found for the sentence, where a clause that is no pause ends just before it', () => {
    const breaks = [clause(4, 16), sentence(5, 20), sentence(9, 40)];
    expect(alignPauses(breaks, [pause(1180), pause(2400)], KNOWN)).toEqual([
      { word: 5, voicedMs: 1180 },
      { word: 9, voicedMs: 2400 },
    ]);
  });

  it('are found where a number was read in a longer way', () => {
    const found = [{ word: 4, voicedMs: 1950 }];
    expect(alignPauses([sentence(4, 16)], [pause(1950)], KNOWN)).toEqual([]);
    expect(alignPauses([sentence(4, 16, 16)], [pause(1950)], KNOWN)).toEqual(found);
  });

  it('are none where nothing is near', () => {
    expect(alignPauses([sentence(4, 16)], [pause(4000)], KNOWN)).toEqual([]);
    expect(alignPauses([], [pause(400)], KNOWN)).toEqual([]);
    expect(alignPauses([sentence(4, 16)], [], KNOWN)).toEqual([]);
  });

  it('go by the pace of the whole where its end is there, whatever was known before', () => {
    const end = { letters: 40, unsure: 0, voicedMs: 4000 };
    expect(alignPauses([sentence(4, 16)], [pause(1000, 90), pause(1620)], { msPerLetter: 60, end })).toEqual([
      { word: 4, voicedMs: 1620 },
    ]);
  });
});

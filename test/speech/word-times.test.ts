import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPhoneCounts, readPhones, wordEnds } from '../../src/speech/word-times.js';

describe('what Flite prints', () => {
  it('is read as sounds with their ends in ms', () => {
    expect(readPhones('pau:0.136 t:0.203 ax:0.268 \n')).toEqual([
      { name: 'pau', endMs: 136 },
      { name: 't', endMs: 203 },
      { name: 'ax', endMs: 268 },
    ]);
    expect(readPhones('')).toEqual([]);
  });

  it('goes on where the utterance before ended, when a text is made in several', () => {
    const ends = readPhones('pau:0.100 ow:0.500 pau:0.700 pau:0.100 y:0.200').map(({ endMs }) => endMs);
    expect(ends).toEqual([100, 500, 700, 800, 900]);
  });

  it('is read as the number of sounds of each word', () => {
    expect(readPhoneCounts('pau t ax pau b uh k pau ae n pau \n')).toEqual([2, 3, 2]);
    expect(readPhoneCounts('pau t ax pau \npau b uh k pau\n')).toEqual([2, 3]);
    expect(readPhoneCounts('')).toEqual([]);
  });
});

describe('when words have been said', () => {
  const phones = readPhones('pau:0.1 t:0.2 ax:0.3 b:0.4 uh:0.5 k:0.6 pau:0.9 ae:1.0 n:1.1 pau:1.3');

  it('is the end of the last sound of each, pauses left out', () => {
    expect(wordEnds(phones, [2, 3, 2])).toEqual([300, 600, 1100]);
  });

  it('is that of the word before, for what has no sound', () => {
    expect(wordEnds(phones, [0, 2, 0, 3, 2, 0])).toEqual([0, 300, 300, 600, 1100, 1100]);
  });

  it('is a share of the sounds when they do not add up', () => {
    expect(wordEnds(phones, [4, 6, 4])).toEqual([300, 600, 1100]);
  });

  it('is not known when nothing is', () => {
    expect(wordEnds(phones, [])).toBeUndefined();
    expect(wordEnds(phones, [0])).toBeUndefined();
    expect(wordEnds([], [2])).toBeUndefined();
  });

  it('never goes back, and the last word ends with the last sound', () => {
    const durations = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300 })), { minLength: 1 });
    fc.assert(
      fc.property(durations, fc.array(fc.nat({ max: 12 }), { minLength: 1 }), (all, counts) => {
        const some = all.map(([isPause], n) => ({
          name: isPause ? 'pau' : 'x',
          endMs: all.slice(0, n + 1).reduce((sum, [, ms]) => sum + ms, 0),
        }));
        const ends = wordEnds(some, counts);
        if (!ends) return;
        expect(ends).toHaveLength(counts.length);
        expect(ends).toEqual([...ends].sort((a, b) => a - b));
        expect(ends.at(-1)).toBe(some.findLast(({ name }) => name === 'x')?.endMs);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SOUND_KINDS } from '../../src/twilio/spoken-sounds.js';
import { networkOfWords, sayableWord, usualMs } from '../../src/twilio/word-network.js';
import { runs } from '../support/property-runs.js';

const networkOfText = (words: readonly string[], stretch = 1) =>
  networkOfWords(words.map(sayableWord), stretch, 10);
const word = fc.constantFrom('we', 'Monday,', '1250', '$249.99', '—', 'through.', 'VIN', '9:00', 'a');

describe('the network of words', () => {
  it('has a way for each reading of a number', () => {
    const { firstWays, wayFrom, starts } = networkOfText(['1250']);
    const from = (state: number) => [...wayFrom.slice(firstWays[state], firstWays[state + 1])];
    expect(starts.slice(1).map(from)).toEqual([[0], [0], [0]]);
  });

  it('begins and ends with a word or a pause', () => {
    const { kinds, starts, ends } = networkOfText(['see']);
    expect(starts.map((state) => SOUND_KINDS[kinds[state] ?? 0])).toEqual(['pause', 'hiss']);
    expect(ends.map((state) => SOUND_KINDS[kinds[state] ?? 0])).toEqual(['vowel', 'pause']);
  });

  it('knows no length of a word that is not said', () => {
    expect(usualMs(sayableWord('—'))).toBe(0);
    expect(usualMs(sayableWord('Monday'))).toBeGreaterThan(200);
  });

  it('is left in some way from every state but the last, forward, and has all states of a word before those of the next', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        (words, stretch) => {
          const { kinds, stays, firstWays, wayFrom, wayChance, reach, pauses } = networkOfText(
            words,
            stretch,
          );
          const left = Float64Array.from(stays);
          for (let state = 0; state < kinds.length; state++)
            for (let way = firstWays[state] ?? 0; way < (firstWays[state + 1] ?? 0); way++) {
              const from = wayFrom[way] ?? 0;
              expect(from).toBeLessThan(state);
              expect(state - from).toBeLessThanOrEqual(reach);
              left[from] = (left[from] ?? 0) + (wayChance[way] ?? 0);
            }
          const ends = new Set([kinds.length - 1]);
          for (const [state, chance] of left.entries()) {
            expect(chance).toBeLessThanOrEqual(1 + 1e-9);
            if (!ends.has(state)) expect(chance).toBeGreaterThan(0);
          }
          expect(pauses).toHaveLength(words.length);
          expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

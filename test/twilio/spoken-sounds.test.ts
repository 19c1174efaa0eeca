import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SoundKind, soundsOf } from '../../src/twilio/spoken-sounds.js';
import { runs } from '../support/property-runs.js';

const LETTERS: Readonly<Record<SoundKind, string>> = {
  vowel: 'V',
  sonorant: 'N',
  hiss: 'S',
  breath: 'F',
  stop: 'T',
  pause: 'P',
};
const kinds = (words: string) =>
  soundsOf(words, false)
    .map(({ kind }) => LETTERS[kind])
    .join('');
const lengthOf = (words: string, endsPhrase = false) =>
  soundsOf(words, endsPhrase).reduce((sum, { ms }) => sum + ms, 0);

describe('the sounds of English words', () => {
  it.each([
    ['appointment', 'VTVNTNVNT'],
    ['brakes', 'TNVTS'],
    ['changed', 'SVNST'],
    ['minutes', 'NVNVTS'],
    ['through', 'FNV'],
    ['inspection', 'VNSTVTSVN'],
    ['Wednesday', 'NVNSTV'],
    ['would', 'NVT'],
    ['service', 'SVNFVS'],
    ['quite', 'TNVT'],
    ['six', 'SVTS'],
    ['yes', 'NVS'],
    ['garçon', 'TVNTVN'],
    ["o'clock", 'VTNVT'],
    ['twenty second', 'TNVNTVSVTVNT'],
  ])('of "%s" are %s', (words, expected) => {
    expect(kinds(words)).toBe(expected);
  });

  it('are short in words without stress, and drawn out before a pause', () => {
    expect(lengthOf('our')).toBeLessThan(lengthOf('car'));
    expect(lengthOf('morning', true)).toBeGreaterThan(lengthOf('morning'));
  });

  it('are some for every word, and none where there is no word', () => {
    expect(soundsOf('', true)).toEqual([]);
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}]{1,30}$/u), fc.boolean(), (word, endsPhrase) => {
        const sounds = soundsOf(word, endsPhrase);
        expect(sounds.length).toBeGreaterThan(0);
        expect(sounds.every(({ kind, ms }) => kind !== 'pause' && ms > 0 && ms < 250)).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOP_MS, hearSounds } from '../../src/twilio/heard-sounds.js';
import { readingsOf } from '../../src/twilio/spoken-readings.js';
import { soundsOf } from '../../src/twilio/spoken-sounds.js';
import { VoicedAudio } from '../../src/twilio/voiced-audio.js';
import { alignWords } from '../../src/twilio/word-alignment.js';
import { type PlacedWord, SpeakingPace, type SpokenAudio } from '../../src/twilio/word-places.js';
import { PlainSpeech } from '../support/plain-speech.js';
import { runs } from '../support/property-runs.js';

/** How a word is said: in which of its readings, how long its sounds are, as shares of the usual, and the pause behind it. */
interface Manner {
  readonly word: string;
  readonly reading: number;
  readonly shares: readonly number[];
  readonly pauseMs: number;
}

interface Said {
  readonly audio: Buffer;
  readonly words: readonly string[];
  readonly endsMs: readonly number[];
}

function say(manners: readonly Manner[], seed = 1): Said {
  const speech = new PlainSpeech(seed);
  speech.say('pause', 60);
  const endsMs = manners.map(({ word, reading, shares, pauseMs }) => {
    const readings = readingsOf(word);
    const sounds = soundsOf(readings[reading % readings.length] ?? '', false);
    for (const [i, { kind, ms }] of sounds.entries()) speech.say(kind, ms * (shares[i % shares.length] ?? 1));
    const endMs = speech.ms;
    speech.say('pause', pauseMs);
    return endMs;
  });
  speech.say('pause', 200);
  return { audio: speech.audio, words: manners.map(({ word }) => word), endsMs };
}

function align({ audio, words }: Pick<Said, 'audio' | 'words'>, hasAllAudio = true): PlacedWord[] | null {
  const heard = hearSounds(audio);
  if (!heard) throw new Error('No speech was heard.');
  const voice = new VoicedAudio();
  voice.push(audio);
  const spoken: SpokenAudio = { voice, hasAllAudio, hasAllWords: true, pace: new SpeakingPace() };
  return alignWords(words, heard, spoken);
}

const plainly = (text: string, reading = 0) =>
  say(text.split(' ').map((word) => ({ word, reading, shares: [1], pauseMs: 0 })));

const words =
  'appointment Monday service brakes $45 because possible Thursday minutes 1250 Street finish take checks seven sorry first should';
const manner = fc.record({
  word: fc.constantFrom(...words.split(' ')),
  reading: fc.nat(2),
  shares: fc.array(fc.double({ min: 0.75, max: 1.3, noNaN: true }), { minLength: 3, maxLength: 12 }),
  pauseMs: fc.constantFrom(0, 0, 0, 0, 40, 250),
});
const utterance = fc.array(manner, { minLength: 3, maxLength: 14 });
/** From the sounds of a word to the next is a matter of some hops. */
const NEAR_MS = 60;

describe('words placed by how they sound', () => {
  it('have been said a little after their ends', () => {
    const said = plainly('Please bring the car to the desk');
    const placed = align(said) ?? [];
    for (const [i, endMs] of said.endsMs.entries()) {
      expect(Math.abs((placed[i]?.endMs ?? 0) - endMs)).toBeLessThan(NEAR_MS);
      expect(placed[i]?.saidMs).toBeGreaterThan(endMs);
    }
  });

  it('are found in whichever way a number is read', () => {
    for (const reading of [0, 1, 2]) {
      const said = plainly('at 1250 Main Street since 1998', reading);
      const [, number] = align(said) ?? [];
      expect(Math.abs((number?.endMs ?? 0) - (said.endsMs[1] ?? 0))).toBeLessThan(NEAR_MS);
    }
  });

  it('are in no audio that has not come', () => {
    const said = plainly('Please bring the car to the desk tomorrow at seven thirty');
    const come = 4;
    const audio = said.audio.subarray(0, (said.endsMs[come - 1] ?? 0) * 8);
    const placed = align({ audio, words: said.words }, false) ?? [];
    expect(placed.slice(come).map(({ saidMs }) => saidMs)).toEqual(
      said.words.slice(come).map(() => Infinity),
    );
    expect(placed.slice(0, come - 1).every(({ saidMs }) => saidMs < audio.length / 8)).toBe(true);
  });

  it('are all said where their audio ends, and a dash with the word before it', () => {
    const { audio } = plainly('Sure that is possible');
    const placed = align({ audio, words: 'Sure — that is possible'.split(' ') }) ?? [];
    expect(placed.at(-1)?.saidMs).toBeLessThanOrEqual(audio.length / 8);
    expect(placed[1]?.saidMs).toBe(placed[0]?.saidMs);
  });

  it('cost no more where a text runs far ahead of its audio', () => {
    const said = plainly('Sure that is possible');
    const words = [...said.words, ...Array<string>(20_000).fill('$249.99')];
    const placed = align({ audio: said.audio, words }, false) ?? [];
    expect(placed).toHaveLength(words.length);
    expect(placed.filter(({ saidMs }) => saidMs !== Infinity)).toHaveLength(4);
    expect(align({ audio: said.audio, words })).toBeNull();
  });

  it('are not placed where they cannot be what is heard', () => {
    const { audio } = plainly('Yes');
    expect(align({ audio, words: '1,234,567 1,234,567 1,234,567'.split(' ') })).toBeNull();
    expect(align({ audio, words: ['—'] })).toBeNull();
    expect(align({ audio, words: [] })).toBeNull();
  });

  it('have not been said before their ends, and hardly two words later, in whatever rhythm', () => {
    fc.assert(
      fc.property(utterance, fc.nat(1000), (manners, seed) => {
        const said = say(manners, seed);
        const placed = align(said) ?? [];
        for (const [i, { startMs, endMs, saidMs }] of placed.entries()) {
          expect(startMs).toBeLessThanOrEqual(endMs);
          expect(endMs).toBeLessThanOrEqual(saidMs);
          expect(saidMs).toBeGreaterThanOrEqual((said.endsMs[i] ?? 0) - HOP_MS);
          expect(saidMs).toBeLessThanOrEqual(said.endsMs[i + 2] ?? Infinity);
        }
        expect(placed).toHaveLength(manners.length);
      }),
      { numRuns: runs(500) },
    );
  });

  it('may be any words, in any speech', () => {
    fc.assert(
      fc.property(
        utterance,
        fc.array(fc.string({ maxLength: 12 }), { maxLength: 20 }),
        fc.boolean(),
        (manners, others, isWhole) => {
          const placed = align({ audio: say(manners).audio, words: others }, isWhole);
          const said = (placed ?? []).map(({ saidMs }) => saidMs);
          expect(said).toEqual([...said].sort((a, b) => a - b));
          expect(said.some(Number.isNaN)).toBe(false);
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

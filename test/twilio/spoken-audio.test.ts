import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpokenAudio } from '../../src/twilio/spoken-audio.js';

const bytes = (length: number, value = 0) => Buffer.alloc(length, value);

describe('the audio of an utterance', () => {
  it('comes out in the order it went in, across pieces', () => {
    const audio = new SpokenAudio();
    audio.push({ text: 'one' }, Buffer.from([1, 2, 3]));
    audio.push({ text: 'two' }, Buffer.from([4, 5]));
    expect([...audio.take(2)]).toEqual([1, 2]);
    expect([...audio.take(2)]).toEqual([3, 4]);
    expect([...audio.take(9)]).toEqual([5]);
    expect([...audio.take(9)]).toEqual([]);
  });

  it('shares the memory of a piece that holds all that is taken', () => {
    const audio = new SpokenAudio();
    const piece = bytes(800);
    audio.push({ text: 'one' }, piece);
    expect(audio.take(320).buffer).toBe(piece.buffer);
  });

  it('tells once which words begin in what was taken, and where', () => {
    const audio = new SpokenAudio();
    audio.push({ text: 'one' }, bytes(300));
    audio.push({ text: '' }, bytes(100));
    audio.push({ text: 'two' }, bytes(400));
    audio.take(160);
    expect(audio.begun()).toEqual([{ text: 'one', offset: 0, bytes: 300 }]);
    audio.take(160);
    expect(audio.begun()).toEqual([]);
    audio.take(160);
    expect(audio.begun()).toEqual([{ text: 'two', offset: 80, bytes: 400 }]);
  });

  it('counts what waits and what is sent', () => {
    const audio = new SpokenAudio();
    audio.push({ text: 'one' }, bytes(800));
    audio.take(160);
    expect([audio.sentBytes, audio.waitingBytes]).toEqual([160, 640]);
    audio.drop();
    expect([audio.sentBytes, audio.waitingBytes]).toEqual([160, 0]);
    expect(audio.take(160)).toHaveLength(0);
  });

  it('gives back every byte once, however it is cut', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }), (all, sizes) => {
        const audio = new SpokenAudio();
        for (const piece of all) audio.push({ text: '' }, Buffer.from(piece));
        const whole = Buffer.concat(all);
        const taken = sizes.map((size) => audio.take(size));
        const out = Buffer.concat(taken);
        expect(out.equals(whole.subarray(0, out.length))).toBe(true);
        expect(audio.sentBytes).toBe(out.length);
        expect(audio.waitingBytes).toBe(whole.length - out.length);
        expect(taken.every((part, i) => part.length <= (sizes[i] ?? 0))).toBe(true);
        expect(audio.take(1000).equals(whole.subarray(out.length))).toBe(true);
      }),
    );
  });
});

describe('the words of an utterance', () => {
  function twoSentences() {
    const audio = new SpokenAudio();
    audio.push({ text: 'one two three four' }, bytes(800));
    audio.push({ text: 'five six' }, bytes(400));
    return audio;
  }

  it.each([
    [-5, ''],
    [0, ''],
    [20, ''],
    [25, 'one'],
    [50, 'one two'],
    [99, 'one two three'],
    [100, 'one two three four'],
    [124, 'one two three four'],
    [128, 'one two three four five'],
    [150, 'one two three four five six'],
    [9999, 'one two three four five six'],
  ])('of which %i ms were heard are %j', (heardMs, words) => {
    expect(twoSentences().textHeard(heardMs)).toBe(words);
  });

  it('are known whole, heard or not', () => {
    expect(twoSentences().fullText).toBe('one two three four five six');
  });

  it('do not count as heard before any audio has been', () => {
    const audio = new SpokenAudio();
    audio.push({ text: 'words ahead of their audio' }, bytes(0));
    audio.push({ text: '' }, bytes(800));
    expect(audio.textHeard(0)).toBe('');
    expect(audio.textHeard(10)).toBe('words ahead of their audio');
  });

  it('grow with what was heard, never shrink, and end whole', () => {
    const piece = fc.tuple(
      fc.stringMatching(/^([a-z]{1,5} ){0,5}[a-z]{1,5}$/),
      fc.integer({ min: 1, max: 50 }),
    );
    const moments = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), moments, (pieces, times) => {
        const audio = new SpokenAudio();
        for (const [text, frames] of pieces) audio.push({ text: text }, bytes(frames * 160));
        const heard = times.toSorted((a, b) => a - b).map((ms) => audio.textHeard(ms));
        const full = audio.fullText;
        expect(heard.every((text) => full.startsWith(text))).toBe(true);
        expect(heard.every((text, i) => i === 0 || text.length >= (heard[i - 1] ?? '').length)).toBe(true);
        expect(audio.textHeard(audio.waitingBytes / 8)).toBe(full);
      }),
    );
  });
});

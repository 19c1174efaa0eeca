import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Sayable, SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { Utterance } from '../../src/twilio/utterance.js';

const piece = (text: string, bytes = 160): SpokenPiece => ({ text, audio: Buffer.alloc(bytes) });
const [ONE, TWO, THREE] = [piece('one'), piece('two'), piece('three')];
const EVERYTHING = 1_000_000;

function utteranceOf(pieces: readonly SpokenPiece[], planned: readonly Sayable[] = []) {
  const utterance = new Utterance({ planned, onEnd: () => undefined }, () => undefined);
  for (const each of pieces) utterance.push(each);
  return utterance;
}

/** How it ends when all was sent and so much of it was heard before it was cut off. */
function cutAt(utterance: Utterance, heardMs: number) {
  utterance.take(EVERYTHING, 0);
  return utterance.finish(heardMs, true);
}

describe('the audio of an utterance', () => {
  it('comes out in the order it went in, across pieces', () => {
    const utterance = utteranceOf([
      { text: 'one', audio: Buffer.from([1, 2, 3]) },
      { text: 'two', audio: Buffer.from([4, 5]) },
    ]);
    expect([...utterance.take(2, 0)]).toEqual([1, 2]);
    expect([...utterance.take(2, 0)]).toEqual([3, 4]);
    expect([...utterance.take(9, 0)]).toEqual([5]);
    expect([...utterance.take(9, 0)]).toEqual([]);
  });

  it('shares the memory of a piece that holds all that is taken', () => {
    const whole = piece('one', 800);
    expect(utteranceOf([whole]).take(320, 0).buffer).toBe(whole.audio.buffer);
  });

  it('tells once which words begin in what was taken, and where', () => {
    const utterance = utteranceOf([piece('one', 300), piece('', 100), piece('two', 400)]);
    utterance.take(160, 0);
    expect(utterance.begun()).toEqual([{ text: 'one', offset: 0, bytes: 300 }]);
    utterance.take(160, 0);
    expect(utterance.begun()).toEqual([]);
    utterance.take(160, 0);
    expect(utterance.begun()).toEqual([{ text: 'two', offset: 80, bytes: 400 }]);
  });

  it('is counted as it waits and as it is sent, and what waits is dropped at the end', () => {
    const utterance = utteranceOf([piece('one', 800)]);
    utterance.take(160, 1000);
    expect([utterance.endMs, utterance.waitingBytes]).toEqual([1020, 640]);
    utterance.finish(1020, true);
    expect([utterance.endMs, utterance.waitingBytes]).toEqual([1020, 0]);
    expect(utterance.take(160, 1020)).toHaveLength(0);
  });

  it('is taken until it is ended or has ended, and its speaker is told of what will be played', () => {
    for (const stop of [(it: Utterance) => it.end(), (it: Utterance) => it.finish(0, true)]) {
      const onWords = vi.fn();
      const utterance = new Utterance({ onWords, onEnd: () => undefined }, () => undefined);
      utterance.push(piece('words without audio', 0));
      expect(onWords).not.toHaveBeenCalled();
      utterance.push(ONE);
      stop(utterance);
      utterance.push(TWO);
      utterance.interject(THREE);
      expect(onWords).toHaveBeenCalledOnce();
      expect(utterance.fullText).toBe('one');
    }
  });

  it('gives back every byte once, however it is cut', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }), (all, sizes) => {
        const utterance = utteranceOf(all.map((each) => ({ text: '', audio: Buffer.from(each) })));
        const whole = Buffer.concat(all);
        const taken = sizes.map((size) => utterance.take(size, 0));
        const out = Buffer.concat(taken);
        expect(out.equals(whole.subarray(0, out.length))).toBe(true);
        expect(utterance.endMs).toBe(out.length / 8);
        expect(utterance.waitingBytes).toBe(whole.length - out.length);
        expect(taken.every((part, i) => part.length <= (sizes[i] ?? 0))).toBe(true);
        expect(utterance.take(1000, 0).equals(whole.subarray(out.length))).toBe(true);
      }),
    );
  });
});

describe('the words of an utterance', () => {
  const twoSentences = () => utteranceOf([piece('one two three four', 800), piece('five six', 400)]);

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
    expect(cutAt(twoSentences(), heardMs).text).toBe(words);
  });

  it('are known whole, heard or not', () => {
    expect(twoSentences().fullText).toBe('one two three four five six');
  });

  it('share the time of the audio without words before them, and are never heard before any audio', () => {
    const echoFirst = () => utteranceOf([piece('', 800), piece('one two', 800)]);
    expect(cutAt(echoFirst(), 0).text).toBe('');
    expect(cutAt(echoFirst(), 100).text).toBe('one');
    expect(cutAt(echoFirst(), 200).text).toBe('one two');
  });

  it('grow with what was heard, never shrink, and end whole', () => {
    const sentence = fc.tuple(
      fc.stringMatching(/^([a-z]{1,5} ){0,5}[a-z]{1,5}$/),
      fc.integer({ min: 1, max: 50 }),
    );
    const moments = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 5 }), moments, (all, times) => {
        const made = () => utteranceOf(all.map(([text, frames]) => piece(text, frames * 160)));
        const heard = times.toSorted((a, b) => a - b).map((ms) => cutAt(made(), ms).text);
        const full = made().fullText;
        expect(heard.every((text) => full.startsWith(text))).toBe(true);
        expect(heard.every((text, i) => i === 0 || text.length >= (heard[i - 1] ?? '').length)).toBe(true);
        expect(cutAt(made(), made().waitingBytes / 8).text).toBe(full);
      }),
    );
  });
});

describe('the sentences of an utterance', () => {
  /** What is left when `heard` sentences of 20 ms each were heard. */
  function unheardAfter(heard: number, planned: readonly Sayable[], say: (utterance: Utterance) => void) {
    const utterance = utteranceOf([], planned);
    say(utterance);
    return cutAt(utterance, 20 * heard).unheard;
  }

  it('that were not heard are those after the last one heard, the one that was cut among them', () => {
    const all = [ONE, TWO, THREE];
    const say = (utterance: Utterance) => {
      for (const each of all) utterance.next(each);
    };
    expect(unheardAfter(0, all, say)).toEqual([ONE, TWO, THREE]);
    expect(unheardAfter(1, all, say)).toEqual([TWO, THREE]);
    expect(unheardAfter(1.5, all, say)).toEqual([TWO, THREE]);
    expect(unheardAfter(3, all, say)).toEqual([]);
  });

  it('count those that are still being made as not heard', () => {
    const late = Promise.resolve(THREE);
    expect(unheardAfter(1, [ONE, TWO, late], (utterance) => utterance.next(ONE))).toEqual([TWO, late]);
  });

  it('do not count what is nothing to say', () => {
    const planned = [null, ONE, null, TWO];
    const say = (utterance: Utterance) => {
      for (const each of planned) utterance.next(each);
    };
    expect(unheardAfter(0, planned, say)).toEqual([ONE, null, TWO]);
    expect(unheardAfter(1, planned, say)).toEqual([TWO]);
    expect(unheardAfter(2, planned, say)).toEqual([]);
  });

  it('that come as they are made are kept once they came', () => {
    const say = (utterance: Utterance) => {
      utterance.push(ONE);
      utterance.push(TWO);
    };
    expect(unheardAfter(1, [], say)).toEqual([TWO]);
    expect(unheardAfter(2, [], say)).toEqual([]);
  });

  it('are told from what was said in between, which is not said again', () => {
    const planned = (utterance: Utterance) => {
      utterance.interject(piece('a moment'));
      utterance.next(ONE);
      utterance.interject(piece('a moment'));
      utterance.next(TWO);
    };
    const left = [0, 1, 2, 3, 4].map((heard) => unheardAfter(heard, [ONE, TWO], planned));
    expect(left).toEqual([[ONE, TWO], [ONE, TWO], [TWO], [TWO], []]);
    const open = (utterance: Utterance) => {
      utterance.push(ONE);
      utterance.interject(piece('a moment'));
      utterance.push(TWO);
    };
    expect([0, 1, 2, 3].map((heard) => unheardAfter(heard, [], open))).toEqual([
      [ONE, TWO],
      [TWO],
      [TWO],
      [],
    ]);
  });

  it('of which the first is still being made were none of them heard', () => {
    const late = Promise.resolve(ONE);
    expect(unheardAfter(0, [late, TWO], () => undefined)).toEqual([late, TWO]);
  });

  it('keep no audio without words: an echo cannot be said again', () => {
    const say = (utterance: Utterance) => {
      for (let n = 0; n < 1000; n++) utterance.push(piece(''));
    };
    expect(unheardAfter(0, [], say)).toEqual([]);
  });

  it('are none of them left when it was heard to its end', async () => {
    const utterance = utteranceOf([], [ONE]);
    utterance.next(ONE);
    utterance.take(EVERYTHING, 0);
    const heard = utterance.finish(EVERYTHING, false);
    expect(heard).toEqual({ completed: true, heardMs: 20, text: 'one', unheard: [] });
    expect(await utterance.heard).toBe(heard);
  });
});

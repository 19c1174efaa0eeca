import { describe, expect, it } from 'vitest';
import type { SpokenPiece } from '../../src/agents/agent.js';
import { Sentences } from '../../src/calls/sentences.js';

const piece = (text: string): SpokenPiece => ({ text, audio: Buffer.alloc(160) });
const [ONE, TWO, THREE] = [piece('one'), piece('two'), piece('three')];

describe('the sentences of an utterance', () => {
  it('that were not heard are those after the last one heard, the one that was cut among them', () => {
    const sentences = new Sentences([ONE, TWO, THREE]);
    for (const each of [ONE, TWO, THREE]) {
      sentences.next();
      sentences.push(each);
    }
    expect(sentences.after(0)).toEqual([ONE, TWO, THREE]);
    expect(sentences.after(1)).toEqual([TWO, THREE]);
    expect(sentences.after(3)).toEqual([]);
  });

  it('count those that are still being made as not heard', () => {
    const late = Promise.resolve(THREE);
    const sentences = new Sentences([ONE, TWO, late]);
    sentences.next();
    sentences.push(ONE);
    expect(sentences.after(1)).toEqual([TWO, late]);
  });

  it('do not count what is nothing to say', () => {
    const sentences = new Sentences([null, ONE, null, TWO]);
    sentences.next();
    sentences.next();
    sentences.push(ONE);
    sentences.next();
    sentences.next();
    sentences.push(TWO);
    expect(sentences.after(0)).toEqual([ONE, null, TWO]);
    expect(sentences.after(1)).toEqual([TWO]);
    expect(sentences.after(2)).toEqual([]);
  });

  it('that come as they are made are kept once they came', () => {
    const sentences = new Sentences([]);
    sentences.push(ONE);
    sentences.push(TWO);
    expect(sentences.after(1)).toEqual([TWO]);
    expect(sentences.after(2)).toEqual([]);
  });

  it('are told from what was said in between, which is not said again', () => {
    const planned = new Sentences([ONE, TWO]);
    planned.interject();
    planned.next();
    planned.push(ONE);
    planned.interject();
    planned.next();
    planned.push(TWO);
    expect([0, 1, 2, 3, 4].map((heard) => planned.after(heard).length)).toEqual([2, 2, 1, 1, 0]);
    const open = new Sentences([]);
    open.push(ONE);
    open.interject();
    open.push(TWO);
    expect([0, 1, 2, 3].map((heard) => open.after(heard).length)).toEqual([2, 1, 1, 0]);
  });

  it('of which the first is still being made were none of them heard', () => {
    const late = Promise.resolve(ONE);
    expect(new Sentences([late, TWO]).after(0)).toEqual([late, TWO]);
  });

  it('keep no audio without words: an echo cannot be said again', () => {
    const sentences = new Sentences([]);
    for (let n = 0; n < 1000; n++) sentences.push(piece(''));
    expect(sentences.after(0)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptAudio } from '../../src/twilio/kept-audio.js';

const SECOND = 8000;
const MB = 1024 * 1024;

/** Bytes that tell where they stand. */
function counted(from: number, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, n) => ((from + n) * 7919) % 251));
}

describe('audio that is kept', () => {
  it('is what was pushed, whatever the sizes of its pieces and of what is asked for', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 2.5 * SECOND }), { maxLength: 8 });
    const places = fc.tuple(fc.nat(5 * SECOND), fc.nat(5 * SECOND));
    fc.assert(
      fc.property(sizes, places, (pieces, [from, to]) => {
        const kept = new KeptAudio();
        for (const size of pieces) kept.push(counted(kept.bytes, size));
        const all = counted(0, kept.bytes);
        expect(kept.slice(from, to).equals(all.subarray(from, Math.max(from, to)))).toBe(true);
        kept.release();
      }),
    );
  });

  it('is a copy: the piece that it came in may be written over', () => {
    const kept = new KeptAudio();
    const piece = counted(0, 160);
    kept.push(piece);
    piece.fill(0xff);
    expect(kept.slice(0, 160)).toEqual(counted(0, 160));
  });

  it('is handed out as a copy: its blocks may be used again', () => {
    const kept = new KeptAudio();
    kept.push(counted(0, 160));
    const slice = kept.slice(0, 160);
    kept.release();
    const next = new KeptAudio();
    next.push(Buffer.alloc(SECOND, 0xff));
    expect(slice).toEqual(counted(0, 160));
  });

  it('is forgotten by whole seconds, and nothing behind the place that was named', () => {
    const kept = new KeptAudio();
    for (let n = 0; n < 5; n++) kept.push(counted(n * SECOND, SECOND));
    kept.forget(2.5 * SECOND);
    expect(kept.slice(0, 5 * SECOND)).toEqual(counted(2 * SECOND, 3 * SECOND));
    kept.push(counted(5 * SECOND, 100));
    expect(kept.slice(4 * SECOND, 6 * SECOND)).toEqual(counted(4 * SECOND, SECOND + 100));
  });

  it('may be forgotten to its end, and goes on from there', () => {
    const kept = new KeptAudio();
    kept.push(counted(0, 2 * SECOND));
    kept.forget(9 * SECOND);
    expect(kept.slice(0, 9 * SECOND)).toHaveLength(0);
    kept.push(counted(2 * SECOND, 320));
    expect(kept.slice(0, 9 * SECOND)).toEqual(counted(2 * SECOND, 320));
  });

  it('of two is never mixed up, though each uses what the other has given back', () => {
    const [one, other] = [new KeptAudio(), new KeptAudio()];
    for (let n = 0; n < 20; n++) {
      one.push(Buffer.alloc(3000, 1));
      other.push(Buffer.alloc(3000, 2));
      one.forget(one.bytes - SECOND);
      other.forget(other.bytes - SECOND);
    }
    expect(one.slice(one.bytes - SECOND, one.bytes).every((byte) => byte === 1)).toBe(true);
    expect(other.slice(other.bytes - SECOND, other.bytes).every((byte) => byte === 2)).toBe(true);
  });

  it('takes no more memory after a thousand utterances of ten seconds than after the first', () => {
    const piece = Buffer.alloc(800);
    const utterance = () => {
      const kept = new KeptAudio();
      for (let n = 0; n < 100; n++) kept.push(piece);
      kept.release();
    };
    utterance();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let n = 0; n < 1000; n++) {
      utterance();
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect(most - before).toBeLessThan(MB);
  });
});

import { describe, expect, it } from 'vitest';
import { PlayoutMeter } from '../../../packages/twilio-simulator/src/conformance/playout-meter.js';

const media = (ms: number) => ({ event: 'media', audio: Buffer.alloc(ms * 8, 0x6a) }) as const;

describe('PlayoutMeter', () => {
  it('returns a mark when all before it has been heard', () => {
    const marks: string[] = [];
    const earpiece = new PlayoutMeter((name) => marks.push(name));
    earpiece.play(media(500), 100);
    earpiece.play({ event: 'mark', name: 'a' }, 100);
    earpiece.advance(599);
    expect([marks, earpiece.pendingMarks, earpiece.unheardMs(599)]).toEqual([[], 1, 1]);
    earpiece.advance(600);
    expect([marks, earpiece.pendingMarks, earpiece.unheardMs(600)]).toEqual([['a'], 0, 0]);
  });

  it('tells for how long the server has spoken, and for how long it has been quiet', () => {
    const earpiece = new PlayoutMeter(() => {});
    earpiece.play(media(500), 100);
    expect(earpiece.spokenForMs(400)).toBe(300);
    expect(earpiece.quietForMs(400)).toBe(0);
    earpiece.advance(600);
    earpiece.play(media(500), 700);
    expect(earpiece.spokenForMs(900)).toBe(800);
    earpiece.advance(1300);
    expect(earpiece.spokenForMs(1300)).toBe(0);
    expect(earpiece.quietForMs(1300)).toBe(100);
    earpiece.play({ event: 'media', audio: Buffer.alloc(8000, 0xff) }, 1300);
    expect([earpiece.spokenForMs(1500), earpiece.quietForMs(1500)]).toEqual([0, 300]);
  });

  it('is silent after a clear, and what comes then is new', () => {
    const marks: string[] = [];
    const earpiece = new PlayoutMeter((name) => marks.push(name));
    earpiece.play(media(500), 100);
    earpiece.play({ event: 'mark', name: 'a' }, 100);
    earpiece.play({ event: 'clear' }, 300);
    expect(marks).toEqual(['a']);
    expect([earpiece.spokenForMs(301), earpiece.unheardMs(301)]).toEqual([0, 0]);
    earpiece.play(media(500), 310);
    expect(earpiece.spokenForMs(320)).toBe(10);
  });
});

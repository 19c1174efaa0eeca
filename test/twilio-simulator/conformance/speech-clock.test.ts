import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechClock } from '../../../packages/twilio-simulator/src/conformance/speech-clock.js';

const media = (ms: number, byte = 0x6a) => ({ event: 'media', audio: Buffer.alloc(ms * 8, byte) }) as const;
const clear = { event: 'clear' } as const;

function spells(...messages: (readonly [atMs: number, message: Parameters<SpeechClock['take']>[0]])[]) {
  const clock = new SpeechClock();
  for (const [atMs, message] of messages) clock.take(message, atMs);
  return clock.spells.map(({ fromMs, toMs }) => [fromMs, toMs]);
}

describe('SpeechClock', () => {
  it('tells for how long the server has spoken, for how long it has been silent, and what is still to be heard', () => {
    const clock = new SpeechClock();
    clock.take(media(500), 100);
    expect([clock.spokenForMs(400), clock.silentForMs(400), clock.unheardMs(400)]).toEqual([300, 0, 200]);
    clock.take(media(500), 700);
    expect(clock.spokenForMs(900)).toBe(800);
    expect([clock.spokenForMs(1300), clock.silentForMs(1300), clock.unheardMs(1300)]).toEqual([0, 100, 0]);
    clock.take(media(1000, 0xff), 1300);
    expect([clock.spokenForMs(1500), clock.silentForMs(1500)]).toEqual([0, 300]);
  });

  it('is silent after a clear, and what comes then is new', () => {
    const clock = new SpeechClock();
    clock.take(media(500), 100);
    clock.take(clear, 300);
    expect([clock.spokenForMs(301), clock.unheardMs(301)]).toEqual([0, 0]);
    clock.take(media(500), 310);
    expect(clock.spokenForMs(320)).toBe(10);
  });

  it('plays one after the other what comes at once', () => {
    expect(spells([100, media(500)], [100, media(500)])).toEqual([[100, 1100]]);
  });

  it('bridges what is a little late, and a pause that was sent, but no hole', () => {
    expect(spells([100, media(500)], [750, media(500)])).toEqual([[100, 1250]]);
    expect(spells([100, media(500)], [100, media(400, 0xff)], [100, media(500)])).toEqual([[100, 1500]]);
    expect(spells([100, media(500)], [900, media(500)])).toEqual([
      [100, 600],
      [900, 1400],
    ]);
  });

  it('takes silence for no speech, whichever of its two zeros it is made of', () => {
    expect(spells([100, media(500, 0xff)], [600, media(500, 0x7f)])).toEqual([]);
  });

  it('ends at a clear what plays, forgets what waits, and begins anew behind it', () => {
    expect(spells([100, media(500)], [300, clear], [310, media(200)])).toEqual([
      [100, 300],
      [310, 510],
    ]);
    expect(spells([100, media(100)], [100, media(1500, 0xff)], [100, media(500)], [900, clear])).toEqual([
      [100, 200],
    ]);
  });

  it('never lets two spells overlap, nor one last longer than what was sent', () => {
    const step = fc.record({
      wait: fc.nat(600),
      ms: fc.integer({ min: 20, max: 900 }),
      cut: fc.boolean(),
      silent: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const clock = new SpeechClock();
        let atMs = 0;
        for (const { wait, ms, cut, silent } of steps) {
          atMs += wait;
          clock.take(cut ? clear : media(ms, silent ? 0xff : 0x6a), atMs);
        }
        for (const [index, { fromMs, toMs }] of clock.spells.entries()) {
          expect(fromMs).toBeLessThan(toMs);
          expect(fromMs).toBeGreaterThanOrEqual(clock.spells[index - 1]?.toMs ?? 0);
          expect(toMs).toBeLessThanOrEqual(clock.playedTo);
        }
      }),
    );
  });
});

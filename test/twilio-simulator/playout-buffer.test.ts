import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_QUEUED_BYTES, PlayoutBuffer } from '../../packages/twilio-simulator/src/playout-buffer.js';

type Out = { audio: Buffer; sample: number } | { mark: string; played: boolean };

function bufferWithLog() {
  const out: Out[] = [];
  const buffer = new PlayoutBuffer({
    onPlayed: (audio, sample) => out.push({ audio: Buffer.from(audio), sample }),
    onMark: (mark, played) => out.push({ mark, played }),
  });
  return { buffer, out };
}

describe('PlayoutBuffer', () => {
  it('plays 8 bytes a millisecond and returns the mark when the last one has sounded', () => {
    const { buffer, out } = bufferWithLog();
    buffer.push(Buffer.alloc(320, 1), 0);
    buffer.mark('end', 0);
    buffer.advance(319);
    expect(buffer.pendingMarks).toBe(1);
    expect(out).toEqual([{ audio: Buffer.alloc(319, 1), sample: 0 }]);
    buffer.advance(320);
    expect(out.slice(1)).toEqual([
      { audio: Buffer.alloc(1, 1), sample: 319 },
      { mark: 'end', played: true },
    ]);
    expect(buffer.pendingMarks).toBe(0);
  });

  it('begins to play when audio arrives, not earlier', () => {
    const { buffer, out } = bufferWithLog();
    buffer.advance(800);
    buffer.push(Buffer.alloc(160, 2), 1000);
    buffer.advance(2000);
    expect(out).toEqual([{ audio: Buffer.alloc(160, 2), sample: 1000 }]);
  });

  it('returns a mark at once when nothing waits', () => {
    const { buffer, out } = bufferWithLog();
    buffer.mark('idle', 0);
    expect(out).toEqual([{ mark: 'idle', played: true }]);
  });

  it('clears what waits and returns the pending marks in order, not played', () => {
    const { buffer, out } = bufferWithLog();
    buffer.push(Buffer.alloc(800, 3), 0);
    buffer.mark('a', 0);
    buffer.push(Buffer.alloc(800, 4), 0);
    buffer.mark('b', 0);
    expect(buffer.clear(200)).toBe(1400);
    expect(out).toEqual([
      { audio: Buffer.alloc(200, 3), sample: 0 },
      { mark: 'a', played: false },
      { mark: 'b', played: false },
    ]);
    buffer.advance(5000);
    expect(out).toHaveLength(3);
  });

  it('keeps ten minutes and tells how much of the rest was discarded', () => {
    const { buffer } = bufferWithLog();
    expect(buffer.push(Buffer.alloc(MAX_QUEUED_BYTES - 100), 0)).toBe(0);
    expect(buffer.push(Buffer.alloc(160), 0)).toBe(60);
    expect(buffer.queuedBytes).toBe(MAX_QUEUED_BYTES);
  });

  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('push' as const), bytes: fc.integer({ min: 0, max: 900 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('mark' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const) }) },
  );
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 600 })), { maxLength: 60 });

  it('never plays more than was sent nor faster than the clock; every mark returns once, in order, after its audio', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { buffer, out } = bufferWithLog();
        const sentBeforeMark: number[] = [];
        let now = 0;
        let sent = 0;
        let cleared = 0;
        for (const [action, wait] of script) {
          now += wait;
          if (action.do === 'push') {
            buffer.push(Buffer.alloc(action.bytes, 5), now);
            sent += action.bytes;
          } else if (action.do === 'mark') {
            sentBeforeMark.push(sent);
            buffer.mark(String(sentBeforeMark.length - 1), now);
          } else if (action.do === 'clear') cleared += buffer.clear(now);
          else buffer.advance(now);
        }
        buffer.advance(now + sent);

        let played = 0;
        let soundedUntil = 0;
        const marks: number[] = [];
        for (const item of out) {
          if ('audio' in item) {
            expect(item.sample).toBeGreaterThanOrEqual(soundedUntil);
            soundedUntil = item.sample + item.audio.length;
            played += item.audio.length;
          } else {
            marks.push(Number(item.mark));
            if (item.played)
              expect(played + cleared).toBeGreaterThanOrEqual(sentBeforeMark[Number(item.mark)] ?? 0);
          }
        }
        expect(played + cleared).toBe(sent);
        expect(marks).toEqual(sentBeforeMark.map((_, index) => index));
        expect(buffer.idle).toBe(true);
        expect(buffer.queuedBytes).toBe(0);
      }),
    );
  });
});

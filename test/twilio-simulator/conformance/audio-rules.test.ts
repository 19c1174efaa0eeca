import { describe, expect, it } from 'vitest';
import { writeWav } from '../../../packages/twilio-simulator/src/audio/wav.js';
import { checkAudio } from '../../../packages/twilio-simulator/src/conformance/audio-rules.js';
import { speechLike } from '../../support/served-call.js';
import { clear, idsOf, mark, media, traceOf } from '../../support/stream-trace.js';

const check = (...seen: ReturnType<typeof media>[]) => checkAudio(traceOf('first', ...seen));

describe('checkAudio', () => {
  it('has nothing to say about speech in multiples of 20 ms, sent at once or in time', () => {
    expect(check(media(200, speechLike(16_000, 1)), mark(200, 'a'))).toEqual([]);
    expect(
      check(...Array.from({ length: 50 }, (_, i) => media(200 + i * 20, speechLike(160, i + 1)))),
    ).toEqual([]);
  });

  it('reports a header in front of any message', () => {
    const wav = writeWav({ sampleRate: 8000, channels: [new Int16Array(58)] });
    expect(idsOf(check(media(200, speechLike(160, 1)), media(220, wav)))).toEqual(['audio-with-header']);
  });

  it('reports a piece that ends within a frame only where speech goes on behind it', () => {
    const odd = speechLike(250, 1);
    expect(idsOf(check(media(200, odd), media(210, 20)))).toEqual(['audio-unaligned']);
    expect(check(media(200, odd), mark(200, 'a'))).toEqual([]);
    expect(check(media(200, odd), clear(210))).toEqual([]);
    expect(check(media(200, odd), media(1300, 20))).toEqual([]);
    expect(check(media(200, odd))).toEqual([]);
  });

  it('reports many small pieces of odd lengths as such', () => {
    const pieces = (count: number) =>
      Array.from({ length: count }, (_, i) => media(200 + i, speechLike(100, i + 1)));
    expect(idsOf(check(...pieces(21)))).toContain('audio-in-ragged-chunks');
    expect(idsOf(check(...pieces(20)))).not.toContain('audio-in-ragged-chunks');
  });

  it('reports more than ten minutes waiting, whatever has been played or cleared before', () => {
    const minutes = (atMs: number, count: number) => media(atMs, Buffer.alloc(count * 480_000, 0x6a));
    expect(check(minutes(200, 10))).toEqual([]);
    expect(check(minutes(200, 9), clear(300), minutes(400, 9))).toEqual([]);
    expect(check(minutes(200, 1), minutes(60_300, 10))).toEqual([]);
    expect(check(minutes(200, 9), minutes(400, 2))).toMatchObject([
      {
        rule: { id: 'buffer-over-ten-minutes', twilio: 31931 },
        atMs: 400,
        seen: '660 s of audio waited to be played',
      },
    ]);
  });
});

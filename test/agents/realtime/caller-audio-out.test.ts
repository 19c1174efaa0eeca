import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallerAudioOut } from '../../../src/agents/realtime/caller-audio-out.js';
import { createModelAudio } from '../../../src/agents/realtime/model-audio.js';
import { runs } from '../../support/property-runs.js';

function setUp(kind: 'pcmu' | 'pcm24000' = 'pcmu', batchMs?: number) {
  const sent: Buffer[] = [];
  const mayWaitMs: number[] = [];
  const out = new CallerAudioOut({
    audio: createModelAudio(kind),
    send: (message) => {
      const event: { type: string; audio: string } = JSON.parse(message);
      expect(Object.keys(event)).toEqual(['type', 'audio']);
      expect(event.type).toBe('input_audio_buffer.append');
      sent.push(Buffer.from(event.audio, 'base64'));
    },
    onSent: (nextMs) => mayWaitMs.push(nextMs),
    ...(batchMs === undefined ? {} : { batchMs }),
  });
  return { out, sent, mayWaitMs };
}

/** Frames of 20 ms, each of its own byte. */
const frames = (count: number) => Array.from({ length: count }, (_, n) => Buffer.alloc(160, n % 251));

describe('audio of the caller', () => {
  test('goes out every 60 ms, in order and whole', () => {
    const { out, sent } = setUp();
    out.open();
    for (const frame of frames(10)) out.push(frame);
    expect(sent.map(({ length }) => length)).toEqual([480, 480, 480]);
    expect(Buffer.concat(sent)).toEqual(Buffer.concat(frames(9)));
  });

  test('goes out every 40 ms where that is asked for', () => {
    const { out, sent } = setUp('pcmu', 40);
    out.open();
    for (const frame of frames(4)) out.push(frame);
    expect(sent.map(({ length }) => length)).toEqual([320, 320]);
  });

  test('is PCM of 24 kHz for a server that wants that', () => {
    const { out, sent } = setUp('pcm24000');
    out.open();
    for (const frame of frames(3)) out.push(frame);
    expect(sent.map(({ length }) => length)).toEqual([480 * 6]);
  });

  test('tells with each batch when the next one is whole', () => {
    const { out, mayWaitMs } = setUp();
    for (const frame of frames(3)) out.push(frame);
    out.open();
    expect(mayWaitMs).toEqual([]);
    for (const frame of frames(5)) out.push(frame);
    expect(mayWaitMs).toEqual([60]);
    out.push(Buffer.alloc(160 + 40));
    expect(mayWaitMs).toEqual([60, 55]);
  });

  test('is not kept: the buffer of a frame may be overwritten', () => {
    const { out, sent } = setUp();
    const frame = Buffer.alloc(160, 7);
    for (let n = 0; n < 3; n++) out.push(frame);
    frame.fill(9);
    out.open();
    expect(Buffer.concat(sent)).toEqual(Buffer.alloc(480, 7));
  });
});

describe('before the model is ready', () => {
  test('audio waits, and goes out in pieces of a second at most', () => {
    const { out, sent } = setUp();
    for (const frame of frames(150)) out.push(frame);
    expect(sent).toEqual([]);
    out.open();
    expect(Buffer.concat(sent)).toEqual(Buffer.concat(frames(150)));
    expect(Math.max(...sent.map(({ length }) => length))).toBe(8000);
  });

  test('ten seconds wait, and the oldest go first', () => {
    const { out, sent } = setUp();
    for (const frame of frames(1500)) out.push(frame);
    out.open();
    const kept = Buffer.concat(sent);
    expect(kept.length / 8).toBeGreaterThan(9900);
    expect(kept.length / 8).toBeLessThanOrEqual(10_000);
    expect(kept).toEqual(Buffer.concat(frames(1500)).subarray(-kept.length));
  });
});

describe('times that the server tells', () => {
  test('are of all that was given, also of what was dropped', () => {
    const { out, sent } = setUp();
    for (const frame of frames(600)) out.push(frame);
    out.open();
    const dropped = 12_000 - Buffer.concat(sent).length / 8;
    expect(dropped).toBeGreaterThan(1900);
    expect(out.givenMs(500)).toBe(500 + dropped);
    expect(out.givenMs(null)).toBe(12_000);
  });

  test.each([-1, 61, 1_764_435_600_000, Number.NaN])('are taken for now where %d cannot be', (ms) => {
    const { out } = setUp();
    out.open();
    for (const frame of frames(3)) out.push(frame);
    expect(out.givenMs(ms)).toBe(60);
  });
});

test('however frames are cut and whenever the model is ready, nothing is lost or turned around', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 40 });
  fc.assert(
    fc.property(lengths, fc.nat(40), (cuts, readyAt) => {
      const { out, sent } = setUp();
      const given: Buffer[] = [];
      cuts.forEach((length, n) => {
        if (n === readyAt) out.open();
        const frame = Buffer.from(Array.from({ length }, (_, i) => (n * 31 + i) % 256));
        given.push(frame);
        out.push(frame);
      });
      if (readyAt >= cuts.length) out.open();
      const whole = Buffer.concat(given);
      expect(Buffer.concat(sent)).toEqual(whole.subarray(0, whole.length - (whole.length % 480)));
    }),
    { numRuns: runs(1000) },
  );
});

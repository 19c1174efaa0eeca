import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallerAudioOut } from '../../../src/agents/realtime/caller-audio-out.js';
import { createModelAudio } from '../../../src/agents/realtime/model-audio.js';
import { runs } from '../../support/property-runs.js';

function setUp(kind: 'pcmu' | 'pcm24000' = 'pcmu') {
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
    onBatch: (nextMs) => mayWaitMs.push(nextMs),
  });
  return { out, sent, mayWaitMs };
}

/** At most 120 of 32768, which nobody hears: the 16 softest steps of mu-law. */
const isSoft = (byte: number) => (byte & 0x7f) >= 0x70;

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

describe('silence', () => {
  const SILENT = Buffer.alloc(160, 0xff);
  const SOUND = Buffer.alloc(160, 0x20);
  const bytes = (sent: readonly Buffer[]) => sent.map(({ length }) => length);

  test('goes out four batches at a time when it has lasted for a second', () => {
    const { out, sent, mayWaitMs } = setUp();
    out.open();
    for (let n = 0; n < 51 + 2 * 12; n++) out.push(SILENT);
    expect(bytes(sent)).toEqual([...Array(16).fill(480), 1920, 1920]);
    expect(new Set(mayWaitMs)).toEqual(new Set([60]));
    expect(mayWaitMs).toHaveLength(25);
  });

  test('waits no longer when something is heard, be it softly and in one sample', () => {
    const { out, sent } = setUp();
    out.open();
    for (let n = 0; n < 48 + 5; n++) out.push(SILENT);
    expect(bytes(sent)).toEqual(Array(16).fill(480));
    const soft = Buffer.from(SILENT);
    soft[80] = 0x6f;
    out.push(soft);
    expect(bytes(sent)).toEqual([...Array(16).fill(480), 960]);
    for (let n = 0; n < 6; n++) out.push(SOUND);
    expect(bytes(sent).slice(17)).toEqual([480, 480]);
  });

  test('after a sound goes out batch by batch for a second', () => {
    const { out, sent } = setUp();
    out.open();
    for (let n = 0; n < 60; n++) out.push(SILENT);
    const before = sent.length;
    for (let n = 0; n < 3; n++) out.push(SOUND);
    for (let n = 0; n < 48; n++) out.push(SILENT);
    expect(bytes(sent.slice(before))).toEqual(Array(17).fill(480));
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

test('however frames are cut, whatever is heard in them and whenever the model is ready, nothing is lost or turned around', () => {
  const sound = fc.record({ length: fc.integer({ min: 0, max: 1200 }), isSilent: fc.boolean() });
  const lull = fc.record({ length: fc.constant(6000), isSilent: fc.constant(true) });
  const parts = fc.array(fc.oneof(sound, lull), { maxLength: 25 });
  fc.assert(
    fc.property(parts, fc.nat(25), (cuts, readyAt) => {
      const { out, sent } = setUp();
      const given: Buffer[] = [];
      cuts.forEach(({ length, isSilent }, n) => {
        if (n === readyAt) out.open();
        const frame = Buffer.from(Array.from({ length }, (_, i) => (isSilent ? 0xff : (n * 31 + i) % 256)));
        given.push(frame);
        out.push(frame);
      });
      if (readyAt >= cuts.length) out.open();
      const [whole, all] = [Buffer.concat(given), Buffer.concat(sent)];
      const dropped = out.givenMs(null) * 8 - all.length;
      expect(all.equals(whole.subarray(dropped, dropped + all.length))).toBe(true);
      const left = whole.subarray(dropped + all.length);
      expect(left.subarray(0, left.length - (left.length % 480)).every(isSoft)).toBe(true);
      expect(left.length).toBeLessThan(1920);
    }),
    { numRuns: runs(1000) },
  );
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENCE } from '../../src/audio/mulaw.js';
import { callWaveforms, waveformOf } from '../../src/recordings/call-waveform.js';
import { RecordingFolder } from '../../src/recordings/recording-folder.js';
import { callMark } from '../../src/recordings/stream-recorder.js';

const BEGAN = '2026-03-02T15:00:00.000Z';
const LOUD = 0x80;
const FIXTURES = 'fixtures/streams';

const header = (recorded_at = BEGAN) => ({ format: 'bayline-stream', version: 1, recorded_at });
const audio = (ms: number, byte = LOUD) => Buffer.alloc(8 * ms, byte).toString('base64');
const start = (t: number) => ({ t, in: { event: 'start' } });
const heard = (t: number, timestamp: number, byte = LOUD) => ({
  t,
  in: { event: 'media', media: { track: 'inbound', timestamp: String(timestamp), payload: audio(20, byte) } },
});
const said = (t: number, ms: number, byte = LOUD) => ({
  t,
  out: { event: 'media', media: { payload: audio(ms, byte) } },
});

async function* pieces(...texts: string[]) {
  yield* texts;
}
const drawn = (...lines: object[]) =>
  waveformOf(pieces(lines.map((line) => JSON.stringify(line)).join('\n')));
/** Which steps are not silent, as [first, last] in ms. */
const loudSpan = (levels: readonly number[], stepMs: number) => [
  levels.findIndex((level) => level > 0) * stepMs,
  (levels.findLastIndex((level) => level > 0) + 1) * stepMs,
];

describe('the waveform of a call', () => {
  test('has the caller where the clock of the stream has them, not where the network was late', async () => {
    const waveform = await drawn(header(), start(100), heard(900, 400), heard(900, 420), {
      t: 1000,
      end: 'closed',
    });
    expect(waveform).toMatchObject({ began_at: BEGAN, duration_ms: 1000, step_ms: 40 });
    expect(loudSpan(waveform?.caller ?? [], 40)).toEqual([480, 560]);
    expect(waveform?.caller).toHaveLength(25);
  });

  test('has the agent as it is played: one message behind the other, and not what an interruption cut', async () => {
    const cut = { t: 500, out: { event: 'clear' } };
    const waveform = await drawn(header(), said(200, 400), said(200, 400), cut, { t: 2000, end: 'closed' });
    expect(loudSpan(waveform?.agent ?? [], 40)).toEqual([200, 520]);
    expect(waveform?.cuts_ms).toEqual([500]);
    const after = await drawn(header(), said(200, 400), cut, said(600, 100), { t: 2000, end: 'closed' });
    expect(loudSpan(after?.agent ?? [], 40)).toEqual([200, 720]);
    expect(after?.agent.slice(13, 15)).toEqual([0, 0]);
  });

  test('says how loud in decibels: 100 at full scale, 0 in silence', async () => {
    const waveform = await drawn(header(), said(0, 40, LOUD), said(40, 40, SILENCE), said(80, 40, 0xb0));
    expect(waveform?.agent[0]).toBe(100);
    expect(waveform?.agent).toHaveLength(2);
    const quiet = await drawn(header(), said(0, 40, SILENCE), said(40, 40, 0xe0), { t: 100, end: 'closed' });
    expect(quiet?.agent[0]).toBe(0);
    expect(quiet?.agent[1]).toBeGreaterThan(10);
    expect(quiet?.agent[1]).toBeLessThan(60);
  });

  test('tells when keys were pressed, and not which', async () => {
    const key = { t: 700, in: { event: 'dtmf', dtmf: { digit: '7' } } };
    const waveform = await drawn(header(), key);
    expect(waveform?.keys_ms).toEqual([700]);
    expect(JSON.stringify(waveform)).not.toContain('"7"');
  });

  test('has the streams of a call at their times', async () => {
    const later = header('2026-03-02T15:00:05.000Z');
    const waveform = await drawn(header(), said(0, 40), { t: 1000, end: 'closed' }, later, said(200, 40), {
      t: 1000,
      end: 'closed',
    });
    expect(waveform?.duration_ms).toBe(6000);
    expect(loudSpan(waveform?.agent ?? [], 40)).toEqual([0, 5240]);
    expect(waveform?.agent.filter((level) => level > 0)).toHaveLength(2);
  });

  test('of three hours has no more steps than that of a minute can have, and the loudest of each', async () => {
    const hours = Array.from({ length: 180 }, (_, minute) => said(minute * 60_000, 20));
    const waveform = await drawn(header(), ...hours, { t: 3 * 3_600_000, end: 'closed' });
    const { agent = [], step_ms: stepMs = 0 } = waveform ?? {};
    expect(agent.length).toBeLessThanOrEqual(1200);
    expect(agent.length).toBeGreaterThan(600);
    expect(agent.length * stepMs).toBeGreaterThanOrEqual(3 * 3_600_000);
    expect(agent.filter((level) => level === 100).length).toBeGreaterThan(170);
  });

  test('is null without a stream', async () => {
    expect(await waveformOf(pieces())).toBeNull();
    expect(await waveformOf(pieces('\n', 'no JSON\n{"t":1,"in":{"event":"media"}}\n'))).toBeNull();
  });

  test('is the same in whatever pieces the text comes', async () => {
    const text = await readFile(join(FIXTURES, 'key-interrupts.ndjson'), 'utf8');
    const whole = await waveformOf(pieces(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 8 }), async (cuts) => {
        const ends = [...cuts.sort((one, other) => one - other), text.length];
        const parts = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
        expect(await waveformOf(pieces(...parts))).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test('comes of every file that is a recording or was one before it was damaged', async () => {
    const odd = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({ t: fc.oneof(fc.double(), fc.integer()), in: fc.object() })
        .map((line) => JSON.stringify(line)),
      fc
        .record({
          t: fc.double({ min: -1e12, max: 1e12 }),
          payload: fc.base64String(),
          timestamp: fc.string(),
        })
        .map(({ t, ...media }) => JSON.stringify({ t, in: { event: 'media', media }, out: { media } })),
      fc.string().map((recorded_at) => JSON.stringify(header(recorded_at))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(odd), async (lines) => {
        const waveform = await waveformOf(pieces(JSON.stringify(header()), '\n', lines.join('\n')));
        const { caller = [], agent = [] } = waveform ?? {};
        expect(agent).toHaveLength(caller.length);
        expect(caller.length).toBeLessThanOrEqual(1200);
        for (const level of [...caller, ...agent]) expect(level >= 0 && level <= 100).toBe(true);
      }),
    );
  });

  test('of a recorded interruption has the voice that interrupted', async () => {
    const waveform = await waveformOf(
      pieces(await readFile(join(FIXTURES, 'voice-interrupts.ndjson'), 'utf8')),
    );
    expect(Math.max(...(waveform?.caller ?? []))).toBeGreaterThan(60);
    expect(waveform?.cuts_ms.length).toBeGreaterThan(0);
  });
});

describe('the waveforms that a gateway has', () => {
  const CALL = `CA${'1'.repeat(32)}`;
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'recordings-'));
  });
  afterEach(() => rm(path, { recursive: true }));
  const browser = { textOf: async () => null };

  test('are drawn of all files of a call, also of one whose last line is cut off', async () => {
    const nameOf = (time: string, callSid: string, hop: number) =>
      `${time}-${callMark(callSid)}-${hop}.ndjson`;
    const textOf = (...lines: object[]) => lines.map((line) => JSON.stringify(line)).join('\n');
    await writeFile(
      join(path, nameOf('20260302T150005.000Z', CALL, 1)),
      textOf(header('2026-03-02T15:00:05.000Z'), said(0, 40), { t: 100, end: 'closed' }),
    );
    await writeFile(
      join(path, nameOf('20260302T150000.000Z', CALL, 0)),
      `${textOf(header(), said(0, 40))}\n{"t":40`,
    );
    await writeFile(join(path, nameOf('20260302T150000.000Z', `CA${'2'.repeat(32)}`, 0)), textOf(header()));
    expect(await readdir(path)).toHaveLength(3);
    const waveform = await callWaveforms(browser, new RecordingFolder(path))(CALL);
    expect(waveform).toMatchObject({ began_at: BEGAN, duration_ms: 5100 });
    expect(waveform?.agent.filter((level) => level > 0)).toHaveLength(2);
  });

  test('are null for a call of which nothing is kept, with a folder and without one', async () => {
    expect(await callWaveforms(browser, null)(CALL)).toBeNull();
    expect(await callWaveforms(browser, new RecordingFolder(join(path, 'none')))(CALL)).toBeNull();
  });

  test('are those of the browser phone first, and one that fails does not stop the next', async () => {
    let isBroken = true;
    const phone = {
      textOf: async () => {
        if (isBroken) throw new Error('broken');
        return JSON.stringify(header());
      },
    };
    const waveforms = callWaveforms(phone, new RecordingFolder(path));
    await expect(waveforms(CALL)).rejects.toThrow('broken');
    isBroken = false;
    expect(await waveforms(CALL)).toMatchObject({ began_at: BEGAN, caller: [] });
  });
});

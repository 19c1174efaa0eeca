import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRecordings, parseCall, parseRecording } from '../../../tools/recording/recording.js';

const HEADER = {
  format: 'bayline-stream',
  version: 1,
  recorded_at: '2026-11-23T19:31:05.123Z',
  hop: 0,
  form: null,
  twiml: null,
  voice: 'kept',
};
const LINES = [
  { t: 0.4, in: { event: 'connected' } },
  { t: 12.3, note: 'speech', what: 'accepted', at_ms: 12_340 },
  { t: 12.3, out: { event: 'clear' } },
  { t: 20, end: 'stopped' },
];

const textOf = (...lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('a recording', () => {
  it('reads back as it was written, header fields of later days included', () => {
    const { header, lines, cut } = parseRecording(textOf({ ...HEADER, agent: 'keypad' }, ...LINES));
    expect(header).toEqual({ ...HEADER, agent: 'keypad' });
    expect(lines).toEqual(LINES);
    expect(cut).toBe(false);
  });

  it('whose last line broke off is read without it, wherever it broke', () => {
    const text = textOf(HEADER, ...LINES);
    const lastLine = JSON.stringify(LINES.at(-1)).length;
    for (let missing = 2; missing <= lastLine; missing++) {
      const { lines, cut } = parseRecording(text.slice(0, -missing));
      expect(lines).toEqual(LINES.slice(0, -1));
      expect(cut).toBe(true);
    }
    expect(parseRecording(text.slice(0, -1))).toMatchObject({ lines: LINES, cut: false });
    expect(parseRecording(textOf(HEADER))).toMatchObject({ lines: [], cut: false });
  });

  it.each([
    ['no JSON', 'nonsense\n'],
    ['no such note', textOf({ t: 1, note: 'weather' })],
    ['no time', textOf({ in: {} })],
    ['two things at once', textOf({ t: 1, in: {}, out: {} })],
    ['nothing at all', '\n'],
  ])('with a broken line within is refused by its number: %s', (_, broken) => {
    const text = textOf(HEADER, LINES[0]) + broken + textOf(...LINES.slice(1));
    expect(() => parseRecording(text, 'a.ndjson')).toThrow('a.ndjson, line 3: neither a message nor a note');
  });

  it('that goes back in time is refused', () => {
    const text = textOf(HEADER, LINES[3], LINES[0]);
    expect(() => parseRecording(text)).toThrow('The recording, line 3: earlier than the line before it');
  });

  it.each([
    ['an empty file', ''],
    ['another file', 'hello\nworld\n'],
    ['a later version', textOf({ ...HEADER, version: 2 })],
    ['lines without a header', textOf(...LINES)],
  ])('is not %s', (_, text) => {
    expect(() => parseRecording(text, 'b.ndjson')).toThrow(/^b\.ndjson, line 1: no header/);
  });

  it('of several streams is refused when the header of the first is damaged', () => {
    const stream = textOf(HEADER, ...LINES);
    expect(parseCall(stream + stream + stream)).toHaveLength(3);
    for (const text of [`\uFEFF${stream}`, stream.slice(1), `${textOf(LINES[0])}${stream}`])
      expect(() => parseCall(text + stream + stream, 'c.ndjson')).toThrow(
        /^c\.ndjson, stream 1, line 1: no header/,
      );
  });

  it('is read from a file, or a sentence says why not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bayline-recording-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'call.ndjson');
    await expect(loadRecordings(path)).rejects.toThrow(`${path} cannot be read`);
    await writeFile(path, textOf(HEADER, ...LINES));
    expect((await loadRecordings(path))[0]?.lines).toEqual(LINES);
  });
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RecordingFolder } from '../../src/recordings/recording-folder.js';
import { callMark, StreamRecorder } from '../../src/recordings/stream-recorder.js';

const OURS = `CA${'1'.repeat(32)}`;
const OTHER = `CA${'2'.repeat(32)}`;
const nameOf = (time: string, callSid: string, hop = 0) => `${time}-${callMark(callSid)}-${hop}.ndjson`;

describe('a folder of recordings', () => {
  let folder: string;
  let recordings: RecordingFolder;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'));
    recordings = new RecordingFolder(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const put = (...names: string[]) => Promise.all(names.map((name) => writeFile(join(folder, name), '{}\n')));
  const left = async () => (await readdir(folder)).sort();

  test('loses every stream of a call, and nothing else', async () => {
    const time = '20260302T150000.000Z';
    const others = [nameOf(time, OTHER), 'notes.txt', `${callMark(OURS)}.ndjson`];
    await put(nameOf(time, OURS), nameOf(time, OURS, 1), ...others);
    expect(await recordings.dropCalls([OURS])).toBe(2);
    expect(await left()).toEqual(others.sort());
    expect(await recordings.dropCalls([OURS])).toBe(0);
    expect(await recordings.dropCalls([])).toBe(0);
  });

  test('loses what began before a time', async () => {
    const [old, young] = [nameOf('20260302T145959.999Z', OURS), nameOf('20260302T150000.000Z', OURS)];
    await put(old, young, '20200101.ndjson');
    expect(await recordings.dropBefore(new Date('2026-03-02T15:00:00Z'))).toBe(1);
    expect(await left()).toEqual(['20200101.ndjson', young].sort());
  });

  test('is empty when nothing was ever recorded, and tells when it is no folder', async () => {
    expect(await new RecordingFolder(join(folder, 'none')).dropCalls([OURS])).toBe(0);
    await put('file');
    await expect(new RecordingFolder(join(folder, 'file')).dropBefore(new Date())).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
  });

  test('knows what the recorder writes', async () => {
    const recorder = new StreamRecorder({ folder, keepVoice: true, logger: silentLogger() });
    recorder.open({ callSid: OURS, from: '+15125550123', attestation: null, hop: 0 }).end('closed');
    await recorder.close();
    expect(await left()).toHaveLength(1);
    expect(await recordings.dropCalls([OURS])).toBe(1);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { StreamRecorder } from '../../../src/recordings/stream-recorder.js';
import { callFixture } from '../../../tools/call/call-fixture.js';
import { parseCall } from '../../../tools/recording/recording.js';
import { callSidOf, StreamMessages, streamSidOf } from '../../support/stream-messages.js';

const CALL = { callSid: callSidOf(0xabc), from: '+15125550177', attestation: null };

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bayline-call-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function record(folder: string, hop: number, callSid = CALL.callSid): Promise<void> {
  const recorder = new StreamRecorder({ folder, keepVoice: true, logger: silentLogger() });
  const observer = recorder.open({ ...CALL, callSid, hop });
  observer.received(JSON.stringify(new StreamMessages(streamSidOf(hop + 1), callSid).start()));
  observer.end('lost');
  await recorder.close();
}

test('every stream of one call is found by its SID, on whatever gateway, and no other call', async () => {
  const folder = await newFolder();
  await record(folder, 0);
  await record(folder, 0, callSidOf(0xdef));
  await record(folder, 1);
  const text = await callFixture(folder, CALL.callSid.toUpperCase().replace('CA', 'CA'));
  const streams = parseCall(text);
  expect(streams.map(({ header }) => header.hop)).toEqual([0, 1]);
  // Two recorders, as of two gateways: each had pseudonyms of its own.
  expect(new Set(streams.map(({ header }) => JSON.stringify(header.form))).size).toBe(1);
  expect(text).not.toContain(CALL.callSid.slice(2));
  expect(text).not.toContain('5125550177');
});

test('a stream whose gateway was killed in the middle of a line does not take the next one with it', async () => {
  const folder = await newFolder();
  await record(folder, 0);
  await record(folder, 1);
  const first = (await readdir(folder)).find((name) => name.endsWith('-0.ndjson')) ?? '';
  const whole = await readFile(join(folder, first), 'utf8');
  await writeFile(join(folder, first), whole.slice(0, -5));
  const streams = parseCall(await callFixture(folder, CALL.callSid));
  expect(streams.map(({ header }) => header.hop)).toEqual([0, 1]);
  // The end of the first was cut off.
  expect(streams.map(({ lines }) => lines.some((line) => 'end' in line))).toEqual([false, true]);
  await writeFile(join(folder, first), '');
  await expect(callFixture(folder, CALL.callSid)).rejects.toThrow(`${first}, line 1: no header`);
});

test('a call that was not recorded, and a folder that is not there, are told', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'notes.txt'), '');
  await expect(callFixture(folder, CALL.callSid)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(callFixture(join(folder, 'none'), CALL.callSid)).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
});

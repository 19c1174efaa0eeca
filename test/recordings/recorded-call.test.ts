import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { callWaveforms } from '../../src/recordings/call-waveform.js';
import { RecordingFolder } from '../../src/recordings/recording-folder.js';
import { loadRecordings, type Recording } from '../../tools/recording/recording.js';
import { framesOf } from '../support/speech-clips.js';
import { NO_DATABASE, startGateway } from '../support/test-gateway.js';

const FROM = '+15125550177';

async function recordingGateway(whenFinished: (end: () => Promise<void>) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'bayline-recorded-'));
  whenFinished(() => rm(folder, { recursive: true, force: true }));
  const house = await startGateway({ ...NO_DATABASE, RECORD_DIR: folder }, undefined, whenFinished);
  const recordings = async (count: number): Promise<Recording[]> => {
    const names = await vi.waitFor(async () => {
      const found = await readdir(folder);
      expect(found).toHaveLength(count);
      return found.sort();
    });
    return Promise.all(
      names.map((name) =>
        vi.waitFor(async () => {
          const [recording] = await loadRecordings(join(folder, name));
          if (!recording) throw new Error('There is no recording.');
          expect(recording.lines.some((line) => 'end' in line)).toBe(true);
          return recording;
        }),
      ),
    );
  };
  const waveforms = callWaveforms({ textOf: async () => null }, new RecordingFolder(folder));
  return { ...house, recordings, waveforms };
}

function messages({ lines }: Recording, direction: 'in' | 'out', event: string) {
  return lines.flatMap((line) => {
    const message = direction === 'in' && 'in' in line ? line.in : 'out' in line ? line.out : null;
    return message?.event === event && direction in line ? [message] : [];
  });
}

function audioOf(found: readonly Readonly<Record<string, unknown>>[]): Buffer {
  const payloads = found.map(({ media }) =>
    typeof media === 'object' && media !== null && 'payload' in media ? String(media.payload) : '',
  );
  return Buffer.concat(payloads.map((payload) => Buffer.from(payload, 'base64')));
}

test.concurrent('a call through a gateway is recorded as it was, with its notes and without its names', async ({
  expect,
  onTestFinished,
}) => {
  const { twilio, recordings, waveforms } = await recordingGateway(onTestFinished);
  const voice = Buffer.concat(await framesOf('sp_a_male_command.wav'));
  const call = twilio.call({ from: FROM });
  await call.untilSpoken();
  call.press('1');
  await call.untilSpoken();
  call.setVoice(voice);
  await call.untilVoiceSent();
  await call.hangUp();

  const [recording] = await recordings(1);
  if (!recording) throw new Error('There is no recording.');
  expect(messages(recording, 'in', 'start')).toHaveLength(1);
  expect(messages(recording, 'in', 'dtmf')).toMatchObject([{ dtmf: { digit: '1' } }]);
  expect(messages(recording, 'in', 'mark')).toHaveLength(messages(recording, 'out', 'mark').length);
  expect(audioOf(messages(recording, 'in', 'media')).includes(voice)).toBe(true);
  const notes = recording.lines.flatMap((line) =>
    'note' in line ? [Object.values(line).slice(1).join(' ')] : [],
  );
  expect(notes).toEqual(expect.arrayContaining(['session greeting true', 'session collecting_info true']));
  expect(notes.some((note) => note.startsWith('speech accepted'))).toBe(true);
  expect(recording.lines.slice(-2)).toMatchObject([{ end: 'stopped' }, { row: { outcome: 'hung_up' } }]);
  expect(JSON.stringify(recording)).not.toContain(FROM.slice(1));
  expect(JSON.stringify(recording)).not.toContain(call.callSid.slice(2));
  const waveform = await waveforms(call.callSid);
  expect(waveform?.keys_ms).toHaveLength(1);
  for (const side of ['caller', 'agent'] as const)
    expect(Math.max(...(waveform?.[side] ?? []))).toBeGreaterThan(60);
});

test.concurrent('the two streams of a call that broke are two recordings of one pseudonym', async ({
  expect,
  onTestFinished,
}) => {
  const { twilio, recordings } = await recordingGateway(onTestFinished);
  const call = twilio.call({ from: FROM });
  await call.untilSpoken();
  call.dropSocket();
  await call.untilSpoken();
  await call.hangUp();
  const [first, second] = await recordings(2);
  expect(first?.lines.at(-1)).toMatchObject({ end: 'lost' });
  expect(second?.header).toMatchObject({ hop: 1, form: first?.header.form });
});

test.concurrent('a gateway that closes in the middle of a call leaves a whole recording', async ({
  expect,
  onTestFinished,
}) => {
  const { gateway, twilio, recordings } = await recordingGateway(onTestFinished);
  const call = twilio.call({ from: FROM });
  await call.untilSpeaking();
  await gateway.close();
  const [recording] = await recordings(1);
  expect(recording?.cut).toBe(false);
  expect(recording?.lines.find((line) => 'end' in line)).toMatchObject({ end: 'closed' });
});

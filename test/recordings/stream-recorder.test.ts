import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isJsonObject } from '../../src/core/json.js';
import { StreamRecorder, type StreamRecorderOptions } from '../../src/recordings/stream-recorder.js';
import { timelineOf } from '../../tools/inspect/timeline.js';
import { parseRecording } from '../../tools/recording/recording.js';
import { callerScript } from '../../tools/replay/caller-script.js';
import { logSink } from '../support/log-sink.js';
import { runs } from '../support/property-runs.js';
import { framesOf } from '../support/speech-clips.js';
import { callSidOf, StreamMessages } from '../support/stream-messages.js';

const CALL = { callSid: callSidOf(0xabc), from: '+15125550177', attestation: null, hop: 0 };
const frames = await framesOf('sp_a_male_command.wav');

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bayline-recordings-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function newRecorder(options: Partial<StreamRecorderOptions> = {}) {
  const folder = join(await newFolder(), 'made', 'when needed');
  const log = logSink();
  const recorder = new StreamRecorder({ folder, keepVoice: true, logger: log.logger, ...options });
  return { recorder, folder: options.folder ?? folder, log };
}

async function textsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

async function onlyRecording(folder: string) {
  const [text = ''] = await textsIn(folder);
  return parseRecording(text);
}

const json = (value: unknown) => JSON.stringify(value);
const outMedia = (audio: Buffer) =>
  json({ event: 'media', streamSid: 'MZ1', media: { payload: audio.toString('base64') } });

describe('what waits to be written', () => {
  it('is in its file when it was asked to be, though the recorder goes on', async () => {
    const { recorder, folder } = await newRecorder();
    const [over, live] = [recorder.open(CALL), recorder.open({ ...CALL, callSid: callSidOf(2) })];
    live.received(json(new StreamMessages().start()));
    over.received(json(new StreamMessages().start()));
    over.end('stopped');
    recorder.finished({ call_sid: CALL.callSid });
    await recorder.written();
    const texts = await textsIn(folder);
    expect(texts.map((text) => text.includes('"row"')).sort()).toEqual([false, true]);
    await recorder.close();
    expect(await textsIn(folder)).toEqual(texts);
  });
});

describe('what is no act of the caller in a recording', () => {
  const mz = new StreamMessages().streamSid;
  const key = (digit: string, sequenceNumber: unknown) =>
    json({ event: 'dtmf', sequenceNumber, streamSid: mz, dtmf: { track: 'inbound_track', digit } });

  it('is silence where the agent was sent back, which may have said a name', async () => {
    const { recorder, folder } = await newRecorder();
    const messages = new StreamMessages();
    const observer = recorder.open(CALL);
    observer.received(json(messages.start()));
    const said = frames[30] ?? Buffer.alloc(160);
    for (const track of ['outbound', 'outbound_track', 'inbound']) {
      const { media, ...head } = messages.media(said, 20);
      observer.received(json({ ...head, media: { ...media, track } }));
    }
    observer.end('stopped');
    await recorder.close();
    const recording = await onlyRecording(folder);
    const payloads = recording.lines.flatMap((line) =>
      'in' in line && isJsonObject(line.in.media) ? [line.in.media.payload] : [],
    );
    const silence = Buffer.alloc(said.length, 0xff).toString('base64');
    expect(payloads).toEqual([silence, silence, said.toString('base64')]);
    const { caller, odd } = timelineOf(recording);
    expect(caller.pieces.map(({ audio }) => audio)).toEqual([said]);
    expect(odd).toBe(0);
  });

  it.each([
    ['as a text', '7'],
    ['as a number', 7],
  ])('a key that comes again, its number %s, is one key and as secret as it was', async (_how, again) => {
    const { recorder, folder } = await newRecorder();
    const messages = new StreamMessages();
    const observer = recorder.open(CALL);
    observer.received(json(messages.start()));
    observer.received(key('9', '7'));
    observer.note({ note: 'secret_key' });
    observer.received(key('9', again));
    observer.received(key('3', '8'));
    observer.end('stopped');
    await recorder.close();
    const recording = await onlyRecording(folder);
    expect(timelineOf(recording).keys.map(({ digit }) => digit)).toEqual(['5', '3']);
    const [text = ''] = await textsIn(folder);
    expect(text).not.toContain('"digit":"9"');
    const script = callerScript(recording, { nextStreamAtMs: null, released: false });
    expect(script.items.filter((item) => item.text.includes('dtmf'))).toHaveLength(2);
  });
});

describe('StreamRecorder', () => {
  it('keeps what came, went and was noted, in order, with the time of each', async () => {
    const { recorder, folder } = await newRecorder();
    const messages = new StreamMessages();
    const observer = recorder.open({ ...CALL, attestation: 'TN-Validation-Passed-A', hop: 2 });
    observer.received(json(messages.connected()));
    observer.received(json(messages.start()));
    observer.note({ note: 'session', state: 'greeting', speaking: true });
    observer.sent(json({ event: 'mark', streamSid: messages.streamSid, mark: { name: 'u1' } }));
    observer.received(json(messages.dtmf('7')));
    observer.note({ note: 'interrupted', by: 'key', heard_ms: 340 });
    observer.received('no { JSON, from 15125550177');
    observer.end('stopped');
    observer.sent('too late');
    await recorder.close();

    const { header, lines, cut } = await onlyRecording(folder);
    expect(header).toMatchObject({
      format: 'bayline-stream',
      version: 1,
      hop: 2,
      twiml: null,
      voice: 'kept',
    });
    expect(header.form).toEqual({
      CallSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
      From: expect.stringMatching(/^\+15550\d{6}$/),
      StirVerstat: 'TN-Validation-Passed-A',
    });
    expect(lines.map(({ t: _, ...line }) => line)).toMatchObject([
      { in: messages.connected() },
      { in: { event: 'start', start: { tracks: ['inbound'], customParameters: { hop: '0' } } } },
      { note: 'session', state: 'greeting', speaking: true },
      { out: { event: 'mark', mark: { name: 'u1' } } },
      { in: { event: 'dtmf', dtmf: { digit: '7' } } },
      { note: 'interrupted', by: 'key', heard_ms: 340 },
      { in_text: 'no { JSON, from 00000000000' },
      { end: 'stopped' },
    ]);
    expect(cut).toBe(false);
  });

  it('keeps every message as it was but for pseudonyms, whatever JSON it holds', async () => {
    const message = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (sent) => {
        const { recorder, folder } = await newRecorder();
        const observer = recorder.open(CALL);
        for (const [index, each] of sent.entries()) {
          if (index % 2 === 0) observer.received(json(each));
          else observer.sent(json(each));
        }
        observer.end('lost');
        await recorder.close();
        const { lines } = await onlyRecording(folder);
        const kept = lines
          .slice(0, -1)
          .map((line) => ('in' in line ? line.in : 'out' in line ? line.out : line));
        expect(kept.map(json)).toEqual(sent.map((each) => json(JSON.parse(json(each)))));
        expect(lines.at(-1)).toMatchObject({ end: 'lost' });
      }),
      { numRuns: runs(50) },
    );
  });

  it('keeps the audio of both sides to the byte', async () => {
    const { recorder, folder } = await newRecorder();
    const messages = new StreamMessages();
    const observer = recorder.open(CALL);
    const heard = frames.slice(0, 60);
    for (const [index, frame] of heard.entries()) observer.received(json(messages.media(frame, index * 20)));
    for (const frame of heard) observer.sent(outMedia(frame));
    await recorder.close();
    const payloads = (await onlyRecording(folder)).lines.map((line) =>
      payloadOf('in' in line ? line.in : 'out' in line ? line.out : {}),
    );
    expect(payloads).toEqual([...heard, ...heard].map((frame) => frame.toString('base64')));
  });

  it('leaves no SID and no number in a file or its name, and calls the two streams of a call alike', async () => {
    const { recorder, folder } = await newRecorder();
    const [first, second] = [new StreamMessages(), new StreamMessages()];
    const originals = [first.callSid, first.streamSid, first.accountSid, CALL.callSid].map((sid) =>
      sid.slice(2),
    );
    for (const [hop, messages] of [first, second].entries()) {
      const observer = recorder.open({ ...CALL, hop });
      const start = messages.start();
      observer.received(
        json({ ...start, start: { ...start.start, customParameters: { from: CALL.from, token: 'sesame' } } }),
      );
      observer.received(json(messages.media(Buffer.alloc(160, 0xfb), 20)));
      observer.received(`{ "media": "${CALL.from} ${CALL.callSid}`);
      observer.received(json({ event: 'later', sip: `sip:${CALL.from}@host`, list: [CALL.callSid] }));
      observer.sent(json({ event: 'clear', streamSid: messages.streamSid }));
      observer.received(json(messages.stop()));
      observer.end('stopped');
    }
    await recorder.close();
    const everything = [...(await readdir(folder)), ...(await textsIn(folder))].join('\n');
    for (const original of [...originals, CALL.from.slice(1), 'sesame'])
      expect(everything).not.toContain(original);
    const [one, two] = (await textsIn(folder)).map((text) => parseRecording(text).header.form);
    expect(one).toEqual(two);
    expect(one?.CallSid).toMatch(/^CA/);
  });

  it('puts noise in place of the voice of the caller, and of what an agent echoes', async () => {
    const voice = frames[30] ?? Buffer.alloc(160);
    for (const agentEchoes of [false, true]) {
      const { recorder, folder } = await newRecorder({
        keepVoice: false,
        settingsOf: () => ({ settings: { AGENT: agentEchoes ? 'echo' : 'keypad' } }),
      });
      const observer = recorder.open(CALL);
      observer.received(json(new StreamMessages().media(voice, 20)));
      observer.sent(outMedia(voice));
      await recorder.close();
      const { header, lines } = await onlyRecording(folder);
      const [heard, said] = lines.map((line) =>
        payloadOf('in' in line ? line.in : 'out' in line ? line.out : {}),
      );
      expect(header.voice).toBe('replaced');
      expect(heard).not.toBe(voice.toString('base64'));
      expect(Buffer.from(String(heard), 'base64')).toHaveLength(160);
      expect(said === voice.toString('base64')).toBe(!agentEchoes);
    }
  });

  it('makes a file that only its owner reads, named after time, call and hop', async () => {
    const { recorder, folder } = await newRecorder();
    recorder.open({ ...CALL, hop: 3 }).end('lost');
    await recorder.close();
    const [name = ''] = await readdir(folder);
    expect(name).toMatch(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{12}-3\.ndjson$/);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it('logs one line for a folder that cannot be written, and goes on', async () => {
    const file = join(await newFolder(), 'a file');
    await writeFile(file, 'in the way');
    const { recorder, log } = await newRecorder({ folder: file });
    const observer = recorder.open(CALL);
    for (let n = 0; n < 500; n++) observer.received('{}');
    observer.end('stopped');
    await recorder.close();
    expect(log.lines()).toEqual([
      expect.objectContaining({ level: 'error', folder: file, call_sid: CALL.callSid }),
    ]);
    expect(log.lines()[0]?.msg).toContain('the call goes on');
  });

  it('gives a recording up when too much waits for the disk, says so in it and keeps the others', async () => {
    const { recorder, folder, log } = await newRecorder({ maxQueuedBytes: 100_000 });
    const small = recorder.open({ ...CALL, hop: 0 });
    const large = recorder.open({ ...CALL, hop: 1 });
    small.received('{"event":"small"}');
    for (let n = 0; n < 1000; n++) large.received('{"event":"large","text":"and more and more"}');
    small.end('stopped');
    large.end('stopped');
    await recorder.close();
    const recordings = (await textsIn(folder)).map((text) => parseRecording(text));
    const [kept, given] = recordings.sort((a, b) => a.header.hop - b.header.hop);
    expect(kept?.lines.map(({ t: _, ...line }) => line)).toEqual([
      { in: { event: 'small' } },
      { end: 'stopped' },
    ]);
    expect(given?.lines).toEqual([{ t: expect.any(Number), truncated: true }]);
    expect(log.lines()).toHaveLength(1);
  });

  it('ends a file at its largest size', async () => {
    const { recorder, folder, log } = await newRecorder({ maxFileBytes: 5000 });
    const observer = recorder.open(CALL);
    for (let n = 0; n < 1000; n++) observer.received('{"event":"é"}');
    observer.end('stopped');
    await recorder.close();
    const [text = ''] = await textsIn(folder);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(5000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(4800);
    expect(parseRecording(text).lines.at(-1)).toMatchObject({ truncated: true });
    expect(log.lines()).toHaveLength(1);
  });

  it('writes while the call goes on, takes nothing after its end, and closes in order', async () => {
    const { recorder, folder } = await newRecorder();
    const observer = recorder.open(CALL);
    observer.received('{"n":1}');
    await expect.poll(async () => (await textsIn(folder).catch(() => [])).join('')).toContain('{"n":1}');
    observer.received('{"n":2}');
    await recorder.close();
    observer.received('{"n":3}');
    recorder.open({ ...CALL, hop: 9 }).received('{"n":4}');
    await recorder.close();
    const { lines, cut } = await onlyRecording(folder);
    expect(lines).toMatchObject([{ in: { n: 1 } }, { in: { n: 2 } }]);
    expect(cut).toBe(false);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('puts the row of a call behind its last stream, whenever that comes, and forgets the call', async () => {
    const { recorder, folder } = await newRecorder();
    recorder.open({ ...CALL, hop: 0 }).end('lost');
    recorder.open({ ...CALL, hop: 1 }).end('stopped');
    const written = async () => (await textsIn(folder)).filter((text) => text.includes('"end"')).length;
    await expect.poll(written).toBe(2);
    const row = { call_sid: CALL.callSid, caller_phone: CALL.from, outcome: 'hung_up' };
    recorder.finished(row);
    recorder.finished(row);
    recorder.finished({ call_sid: callSidOf(0xdef) });
    await recorder.close();
    const [first, second] = (await textsIn(folder)).map((text) => parseRecording(text));
    expect(first?.lines.at(-1)).toMatchObject({ end: 'lost' });
    expect(second?.lines.slice(-2)).toMatchObject([{ end: 'stopped' }, { row: { outcome: 'hung_up' } }]);
    expect(json(second)).not.toContain('5125550177');
  });

  it('puts the row behind the end of the stream, though the call was told to be over before', async () => {
    const { recorder, folder } = await newRecorder();
    const observer = recorder.open(CALL);
    recorder.finished({ call_sid: CALL.callSid });
    observer.received(json({ event: 'stop' }));
    observer.end('closed');
    await recorder.close();
    const { lines } = await onlyRecording(folder);
    expect(lines.slice(-2)).toMatchObject([{ end: 'closed' }, { row: { call_sid: expect.any(String) } }]);
    expect(lines).toHaveLength(3);
  });

  it('keeps a message that is nested beyond all measure as text', async () => {
    const { recorder, folder } = await newRecorder();
    recorder.open(CALL).received(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
    await recorder.close();
    expect((await onlyRecording(folder)).lines).toMatchObject([
      { in_text: expect.stringMatching(/^\{"a":\[{190}/) },
    ]);
  });
});

function payloadOf({ media }: Readonly<Record<string, unknown>>): unknown {
  return typeof media === 'object' && media !== null && 'payload' in media ? media.payload : null;
}

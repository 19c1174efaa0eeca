import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeWav } from '../../packages/twilio-simulator/src/audio/wav.js';
import { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import {
  checkRecordable,
  readCallerVoice,
  writeRecording,
} from '../../packages/twilio-simulator/src/caller-recording.js';
import { decode } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { readWav } from '../../src/audio/wav.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bayline-call-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function wavFile(sampleRate: number, ...channels: Int16Array[]): string {
  const file = join(folder, `${sampleRate}-${channels.length}.wav`);
  writeFileSync(file, writeWav({ sampleRate, channels }));
  return file;
}

const tone = (hertz: number, rate: number, seconds = 0.5) =>
  Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / rate)),
  );
const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);

describe('readCallerVoice', () => {
  it('takes 8 kHz mono as it is', () => {
    const samples = tone(440, 8000);
    expect(readCallerVoice(wavFile(8000, samples))).toEqual(encode(samples));
  });

  it('mixes stereo down', () => {
    const [left, right] = [new Int16Array(800).fill(1000), new Int16Array(800).fill(3000)];
    expect(readCallerVoice(wavFile(8000, left, right))).toEqual(encode(new Int16Array(800).fill(2000)));
  });

  it('halves 16 kHz and keeps what lies above 4 kHz out of the voice', () => {
    const voice = decode(readCallerVoice(wavFile(16_000, tone(1000, 16_000))));
    expect(voice).toHaveLength(4000);
    expect(loudness(voice)).toBeGreaterThan(0.9 * loudness(tone(1000, 8000)));
    const hiss = decode(readCallerVoice(wavFile(16_000, tone(6000, 16_000))));
    expect(loudness(hiss.subarray(100, -100))).toBeLessThan(0.01 * loudness(voice));
  });

  it.each([
    ['another rate', () => wavFile(44_100, new Int16Array(10)), '44100 Hz'],
    ['a missing file', () => join(folder, 'none.wav'), 'no such file'],
  ])('refuses %s with a sentence', (_what, file, sentence) => {
    expect(() => readCallerVoice(file())).toThrow(sentence);
  });
});

describe('checkRecordable', () => {
  it('refuses a file that cannot be written with a sentence that names it', () => {
    const file = join(folder, 'no', 'such', 'call.wav');
    expect(() => checkRecordable(file)).toThrow(`--record ${file} cannot be written`);
    expect(() => checkRecordable(folder)).toThrow('cannot be written');
  });

  it('leaves no file behind, and one that is there as it was', () => {
    const file = join(folder, 'to-be.wav');
    checkRecordable(file);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'an earlier call');
    checkRecordable(file);
    expect(readFileSync(file, 'utf8')).toBe('an earlier call');
  });
});

describe('writeRecording', () => {
  it('has the caller on the left and the agent on the right, both as long as the call', () => {
    const record = new CallRecord('CA0', true);
    record.writeCaller(Buffer.alloc(160, 0x00), 100);
    record.writeHeard(Buffer.alloc(160, 0x80), 200);
    record.durationMs = 300;
    const file = join(folder, 'call.wav');
    writeRecording(file, record);
    const { sampleRate, channels } = readWav(readFileSync(file));
    expect(sampleRate).toBe(8000);
    expect(channels.map((channel) => channel.length)).toEqual([2400, 2400]);
    expect(channels.map((channel) => channel.findIndex((sample) => sample !== 0))).toEqual([800, 1600]);
  });
});

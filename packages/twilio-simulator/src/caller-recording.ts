import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { decode, encode, SAMPLE_RATE } from './audio/mulaw.js';
import { readWav, writeWav } from './audio/wav.js';
import type { CallRecord } from './call-record.js';
import { messageOf, SimulatorError } from './error.js';

/** A WAV file as the caller's voice: mu-law, 8 kHz, mono. Throws `BAD_REQUEST` with a sentence that names the file. */
export function readCallerVoice(file: string): Buffer {
  try {
    const { sampleRate, channels } = readWav(readFileSync(file));
    const mono = mixDown(channels);
    if (sampleRate === SAMPLE_RATE) return encode(mono);
    if (sampleRate === 2 * SAMPLE_RATE) return encode(halveRate(mono));
    throw new RangeError(`it has ${sampleRate} Hz; 8000 and 16000 are understood`);
  } catch (error) {
    throw new SimulatorError('BAD_REQUEST', `--wav ${file} cannot be used: ${messageOf(error)}`);
  }
}

/** Throws `UNAVAILABLE` with a sentence that names the file when a recording cannot be written there; leaves what is there as it is. */
export function checkRecordable(file: string): void {
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, 'a'));
    if (isNew) rmSync(file);
  } catch (error) {
    throw new SimulatorError('UNAVAILABLE', `--record ${file} cannot be written: ${messageOf(error)}`);
  }
}

/** Writes both sides of a call as a stereo WAV file: left the caller, right the agent. */
export function writeRecording(file: string, record: CallRecord): void {
  const channels = [decode(record.callerAudio()), decode(record.heardAudio())];
  writeFileSync(file, writeWav({ sampleRate: SAMPLE_RATE, channels }));
}

function mixDown(channels: readonly Int16Array[]): Int16Array {
  const [first, ...others] = channels;
  if (!first || others.length === 0) return first ?? new Int16Array(0);
  return first.map(
    (sample, i) => others.reduce((sum, channel) => sum + (channel[i] ?? 0), sample) / channels.length,
  );
}

// A windowed sinc with its edge at 3.6 kHz of 16 kHz: what lies above 4 kHz would fold back into the voice.
const HALF_TAPS = 24;
const CUTOFF = 3600 / 16_000;
const TAPS = Array.from({ length: 2 * HALF_TAPS + 1 }, (_, i) => tap(i - HALF_TAPS));
const GAIN = TAPS.reduce((sum, value) => sum + value, 0);

function tap(n: number): number {
  const window = 0.54 + 0.46 * Math.cos((Math.PI * n) / (HALF_TAPS + 1));
  return (n === 0 ? 2 * CUTOFF : Math.sin(2 * Math.PI * CUTOFF * n) / (Math.PI * n)) * window;
}

/** 16 kHz to 8 kHz. */
function halveRate(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: Math.floor(samples.length / 2) }, (_, i) => {
    const sum = TAPS.reduce((total, weight, t) => total + weight * (samples[2 * i + t - HALF_TAPS] ?? 0), 0);
    return Math.max(-32768, Math.min(32767, Math.round(sum / GAIN)));
  });
}

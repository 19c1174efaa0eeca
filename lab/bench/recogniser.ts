import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode, SAMPLE_RATE } from '../../src/audio/mulaw.js';

const PROGRAM = 'pocketsphinx_batch';
/** Of Debian's `pocketsphinx-en-us`: a general model of US English, for speech at 16 kHz. */
const MODEL = '/usr/share/pocketsphinx/model/en-us';
export const RECOGNISER_PACKAGES = 'pocketsphinx pocketsphinx-en-us';

/** It needs quiet around the speech to tell where that begins and ends. */
const QUIET_BEFORE = SAMPLE_RATE / 10;
const QUIET_AFTER = SAMPLE_RATE / 5;

/**
 * What PocketSphinx understands of each phone sound (mu-law, 8 kHz), in lower case; null where it is not installed. It hears each by itself, knows
 * no shop, and gives the same words for the same sounds.
 */
export async function recognise(sounds: readonly Buffer[]): Promise<readonly string[] | null> {
  const isThere = await access(MODEL).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  const folder = await mkdtemp(join(tmpdir(), 'heard-'));
  try {
    for (const [n, sound] of sounds.entries()) await writeFile(join(folder, `${n}.raw`), atDoubleRate(sound));
    const [list, heard] = [join(folder, 'list'), join(folder, 'heard')];
    await writeFile(list, sounds.map((_, n) => `${n}\n`).join(''));
    await promisify(execFile)(PROGRAM, [
      ...['-hmm', join(MODEL, 'en-us'), '-lm', join(MODEL, 'en-us.lm.bin')],
      ...['-dict', join(MODEL, 'cmudict-en-us.dict'), '-logfn', '/dev/null'],
      ...['-cepdir', folder, '-cepext', '.raw', '-adcin', 'yes', '-adchdr', '0'],
      ...['-ctl', list, '-hyp', heard],
    ]);
    // A line ends with the sound's name and its score in brackets.
    const lines = (await readFile(heard, 'utf8')).trimEnd().split('\n');
    return lines.map((line) => line.replace(/\s*\([^()]*\)$/, '').trim());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const REACH = 24;
/** Of a sample between two: a sinc, tapered. */
const BETWEEN = Array.from({ length: REACH }, (_, n) => {
  const x = Math.PI * (n + 0.5);
  return (Math.sin(x) / x) * (0.5 + 0.5 * Math.cos(x / REACH));
});

/** At 16 kHz, 16 bits: the model's rate. The upper half of its band stays empty, as on a telephone. */
function atDoubleRate(sound: Buffer): Buffer {
  const samples = new Int16Array(QUIET_BEFORE + sound.length + QUIET_AFTER);
  samples.set(decode(sound), QUIET_BEFORE);
  const doubled = Buffer.alloc(samples.length * 4);
  for (let i = 0; i < samples.length; i++) {
    const between = BETWEEN.reduce(
      (sum, weight, n) => sum + weight * ((samples[i - n] ?? 0) + (samples[i + 1 + n] ?? 0)),
      0,
    );
    doubled.writeInt16LE(samples[i] ?? 0, i * 4);
    doubled.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(between))), i * 4 + 2);
  }
  return doubled;
}

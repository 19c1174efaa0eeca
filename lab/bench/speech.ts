import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { FliteVoice } from '../../src/speech/flite-voice.js';
import { PromptCache } from '../../src/speech/prompt-cache.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';
import { paceRows } from './speech-pace.js';

const SENTENCES = [
  'Thank you for calling. To book an appointment, press 1.',
  'Which service does your vehicle need?',
  'For an oil change, press 1.',
  'We have a place on Monday at half past ten.',
  'Your appointment is booked. We look forward to seeing you.',
  'I am sorry, I did not catch that. Please press a key.',
];
const VOICES = 5;
const LOOKUPS = 10_000;
const BYTES_A_SECOND = 8000;

/**
 * What a sentence costs until its audio is there: of a voice that has to be started first, of one that runs, and said before. How fast prompts are
 * said, and how well they are understood.
 */
export const topic: BenchTopic = {
  title: `The voice: ${SENTENCES.length} sentences, made ${VOICES} times over; its pace, and what is understood`,
  async run(): Promise<BenchRow[]> {
    const first: number[] = [];
    const next: number[] = [];
    let seconds = 0;
    for (let n = 0; n < VOICES; n++) {
      const voice = new FliteVoice();
      for (const [index, text] of SENTENCES.entries()) {
        const startedAt = performance.now();
        const { audio } = await voice.synthesize(text);
        (index === 0 ? first : next).push(performance.now() - startedAt);
        seconds += audio.length / BYTES_A_SECOND / VOICES;
      }
      await voice.close();
    }
    const meanSeconds = seconds / SENTENCES.length;
    return [
      row('the first sentence, its thread and the voice to be loaded', first, meanSeconds),
      row('each after it', next, meanSeconds),
      await cachedRow(),
      ...(await paceRows()),
    ];
  },
};

function row(figure: string, took: readonly number[], audioSeconds: number): BenchRow {
  const ms = median(took);
  return {
    figure,
    measured: `median ${ms.toFixed(0)} ms, worst ${Math.max(...took).toFixed(0)} ms`,
    reference: `as long as it sounds: ${audioSeconds.toFixed(1)} s`,
    ratio: ms / 1000 / audioSeconds,
  };
}

async function cachedRow(): Promise<BenchRow> {
  const voice = new FliteVoice();
  const cache = new PromptCache({ voice, metrics: new Metrics(), logger: silentLogger() });
  for (const text of SENTENCES) await cache.speak(text);
  const startedAt = performance.now();
  for (let n = 0; n < LOOKUPS; n++) void cache.speak(SENTENCES[n % SENTENCES.length] ?? '');
  const us = ((performance.now() - startedAt) * 1000) / LOOKUPS;
  await voice.close();
  return {
    figure: 'a sentence that was said before',
    measured: `${us.toFixed(1)} µs`,
    reference: 'one frame: 20 ms',
    ratio: us / 20_000,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

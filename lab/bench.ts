import { missingNeeds } from './bench-needs.js';
import { type BenchTopic, formatRows } from './bench-topic.js';
import { keepResult } from './results.js';
import { loadTopic } from './topics.js';

/** `npm run bench [-- topic...]`: each name is a file in lab/bench/. */
const TOPICS = [
  'session-store',
  'playback',
  'interruption',
  'voice-activity',
  'speech',
  'start',
  'analytics',
  'availability',
  'front-desk-page',
  // The last: they keep this process to one core from then on.
  'media',
  'talking',
];
const RESULTS_FILE = 'lab/results/benchmarks.json';

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.find((name) => !TOPICS.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark ${unknown}. There are: ${TOPICS.join(', ')}.`);
  const { TEST_REDIS_URL: redisUrl, TEST_DATABASE_URL: databaseUrl } = process.env;
  const names = asked.length > 0 ? asked : TOPICS;
  const missing = missingNeeds(names, { redisUrl, databaseUrl });
  if (missing.length > 0)
    throw new Error([...missing, 'Topics can be named: npm run bench -- speech'].join('\n'));
  for (const name of names) {
    const topic = await loadTopic('bench', name, isTopic);
    console.log(`\n${topic.title}\n`);
    const rows = await topic.run({ redisUrl, databaseUrl });
    console.log(formatRows(rows));
    await keepResult(RESULTS_FILE, name, topic.title, rows);
  }
}

function isTopic(value: unknown): value is BenchTopic {
  return typeof value === 'object' && value !== null && 'title' in value && 'run' in value;
}

// A benchmark may leave something open that would keep this process alive.
main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);

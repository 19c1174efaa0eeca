import { type BenchTopic, formatRows } from './bench-topic.js';
import { loadTopic } from './topics.js';

/** `npm run bench [-- topic...]`: each name is a file in bench/. */
const TOPICS = ['session-store', 'playback', 'interruption', 'voice-activity'];

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.find((name) => !TOPICS.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark ${unknown}. There are: ${TOPICS.join(', ')}.`);
  for (const name of asked.length > 0 ? asked : TOPICS) {
    const topic = await loadTopic('bench', name, isTopic);
    console.log(`\n${topic.title}\n`);
    console.log(formatRows(await topic.run({ redisUrl: process.env.TEST_REDIS_URL })));
  }
}

function isTopic(value: unknown): value is BenchTopic {
  return typeof value === 'object' && value !== null && 'title' in value && 'run' in value;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

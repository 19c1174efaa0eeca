import { type BenchTopic, formatRows } from './bench-topic.js';

/** `npm run bench [-- topic...]`: each name is a file in bench/. */
const TOPICS = ['session-store', 'playback', 'interruption', 'voice-activity'];

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.find((name) => !TOPICS.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark ${unknown}. There are: ${TOPICS.join(', ')}.`);
  for (const name of asked.length > 0 ? asked : TOPICS) {
    const topic = await loadTopic(name);
    console.log(`\n${topic.title}\n`);
    console.log(formatRows(await topic.run({ redisUrl: process.env.TEST_REDIS_URL })));
  }
}

/** Loaded by name: the benchmarks stand outside of `src`, and are no part of what is built and published. */
async function loadTopic(name: string): Promise<BenchTopic> {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const module: unknown = await import(new URL(`../../bench/${name}${ending}`, import.meta.url).href);
  if (typeof module !== 'object' || module === null || !('topic' in module) || !isTopic(module.topic)) {
    throw new Error(`bench/${name}.ts exports no topic.`);
  }
  return module.topic;
}

function isTopic(value: unknown): value is BenchTopic {
  return typeof value === 'object' && value !== null && 'title' in value && 'run' in value;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

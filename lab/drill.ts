import { type Drill, type DrillRow, formatDrill } from './drill-topic.js';
import { keepResult } from './results.js';
import { loadTopic } from './topics.js';

/** `npm run drill [-- topic...]`: each name is a file in lab/drills/. */
const TOPICS = [
  'redis-stops',
  'redis-refuses',
  'redis-network',
  'redis-absent',
  'histories',
  'database-stops',
  'booking-dies',
  'booking-races',
  'callbacks',
  'gateway-dies',
  'gateway-stalls',
  'fleet',
  'deploy',
  'rolling-restart',
  'shutdown',
  'long-call',
  'agents',
  'talking-outage',
  'talking-handover',
  'identity',
  'pii-leaks',
  'hostile-upgrades',
  'hostile-streams',
  'hostile-webhooks',
  'import',
];
/** Those that take long, each run by its name only. */
const LONG_TOPICS = ['booking-rules', 'shop-changes', 'soak', 'chaos', 'talking-agent', 'talking-many'];

const RESULTS_FILE = 'lab/results/drills.json';

/** The exit code. */
async function main(asked: readonly string[]): Promise<number> {
  const known = [...TOPICS, ...LONG_TOPICS];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no drill ${unknown}. There are: ${known.join(', ')}.`);
  const all: DrillRow[] = [];
  for (const name of asked.length > 0 ? asked : TOPICS) {
    const topic = await loadTopic('drills', name, isDrill);
    console.log(`\n${topic.title}\n`);
    const rows = await topic.drill();
    console.log(formatDrill(rows));
    await keepResult(RESULTS_FILE, name, topic.title, rows);
    all.push(...rows);
  }
  return all.every(({ held }) => held) ? 0 : 1;
}

function isDrill(value: unknown): value is Drill {
  return typeof value === 'object' && value !== null && 'title' in value && 'drill' in value;
}

// A drill breaks things, and may leave something open that would keep this process alive.
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);

import { figureReader } from '../../src/call-log/call-figures.js';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { administer } from '../../test/support/postgres-server.js';
import { createEmbedded, createServerDatabase } from '../../test/support/test-database.js';
import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { countPlainly, fillWithCalls, plainRows } from './analytics-calls.js';

const CALLS = 100_000;
/** It is meant for trying things out. */
const EMBEDDED_CALLS = 20_000;
const DAYS = 365;
const ROUNDS = 25;
const MOST_MS = 300;
const TIMEZONE = 'America/Chicago';
const NOW = new Date('2026-06-30T18:00:00Z');
const PERIODS = [
  { name: 'a year', from: '2025-07-01', to: '2026-06-30' },
  { name: 'the last 30 days', from: '2026-06-01', to: '2026-06-30' },
] as const;

/** `GET /api/analytics` beside the plain way: the same rows read, and counted in the process. */
export const topic: BenchTopic = {
  title: `Figures of ${CALLS.toLocaleString('en-US')} calls in a year, each with a transcript of some 2 kB`,
  async run({ databaseUrl }: BenchEnvironment): Promise<BenchRow[]> {
    if (databaseUrl === undefined)
      throw new Error('This benchmark needs a PostgreSQL: name one with TEST_DATABASE_URL.');
    return [...(await onServer(databaseUrl)), ...(await embedded())];
  },
};

async function onServer(databaseUrl: string): Promise<BenchRow[]> {
  const { url, drop } = await createServerDatabase(databaseUrl);
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  try {
    await database.ready;
    await fillWithCalls((statement) => administer(url, statement), {
      calls: CALLS,
      days: DAYS,
      until: NOW,
      atOnce: CALLS,
    });
    await administer(url, 'vacuum analyze calls');
    const rows: BenchRow[] = [];
    for (const period of PERIODS) rows.push(await measured(database, 'PostgreSQL', period, MOST_MS));
    return rows;
  } finally {
    await database.close();
    await drop();
  }
}

async function embedded(): Promise<BenchRow[]> {
  const { database, drop } = await createEmbedded();
  try {
    const run = (statement: string) => database.run((sql) => sql.execute(statement));
    await fillWithCalls(run, { calls: EMBEDDED_CALLS, days: DAYS, until: NOW, atOnce: 500 });
    return [await measured(database, `PGlite, ${EMBEDDED_CALLS.toLocaleString('en-US')} calls`, PERIODS[0])];
  } finally {
    await drop();
  }
}

async function measured(
  database: Database,
  name: string,
  period: (typeof PERIODS)[number],
  most?: number,
): Promise<BenchRow> {
  const readFigures = figureReader(database);
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timed(() => readFigures({ ...period, timezone: TIMEZONE, withTests: false })));
    // It takes long, and says the same each time.
    if (round % 8 === 0)
      plain.push(await timed(async () => countPlainly(await plainRows(database, period), TIMEZONE)));
  }
  const [half, late, reference] = [quantile(ours, 0.5), quantile(ours, 0.95), quantile(plain, 0.5)];
  return {
    figure: `${name}: ${period.name}`,
    measured: `p50 ${half.toFixed(0)} ms, p95 ${late.toFixed(0)} ms`,
    reference: `read and counted in the process: ${reference.toFixed(0)} ms`,
    ratio: half / reference,
    ...(most === undefined ? {} : { target: `p95 at most ${most} ms`, met: late <= most }),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';
import { logSink } from '../support/log-sink.js';

const WITHIN = { timeout: 60_000, interval: 20 };
const CUSTOMER = { phoneNumber: '+15125550150', firstName: 'A', lastName: 'B' };
let root: string;
let folder: string;
const threads: Worker[] = [];
const onWorker = (worker: Worker) => threads.push(worker);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bayline-restart-'));
  folder = join(root, 'data');
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  threads.length = 0;
  await rm(root, { recursive: true });
});

async function open(dataDir: string) {
  const log = logSink();
  const database = await openDatabase({ dataDir, logger: log.logger });
  onTestFinished(() => database.close());
  return { database, log };
}

/** Ends the thread that PGlite runs in, from one moment to the next. */
const killThread = () => threads.at(-1)?.terminate();
const count = (database: Database) => database.run((sql) => sql.$count(customers));
const isUp = (database: Database) =>
  expect.poll(() => database.check(), WITHIN).toMatchObject({ status: 'up' });

test('PGlite whose thread has died is started again with what was committed, and its folder stays taken', {
  timeout: 120_000,
}, async () => {
  const { database, log } = await open(folder);
  await database.ready;
  await database.run((sql) => sql.insert(customers).values(CUSTOMER));
  const asked = database.run((sql) => sql.execute('select pg_sleep(1)')).catch((error: unknown) => error);
  await killThread();
  expect(await asked).toMatchObject({ code: 'UNAVAILABLE' });
  await expect(count(database)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await database.check()).toMatchObject({ status: 'down' });
  await expect(openDatabase({ dataDir: folder, logger: log.logger })).rejects.toThrow(
    'in use by another gateway',
  );
  await isUp(database);
  expect(await count(database)).toBe(1);
  expect(log.lines()).toContainEqual(
    expect.objectContaining({ level: 'error', retry_ms: 250, folder: join(folder, 'pglite') }),
  );
  expect(log.text()).toContain('The embedded database has ended: it is started again.');
});

test('in memory an empty database with its tables takes the place of one that died, and the log says so', {
  timeout: 120_000,
}, async () => {
  const { database, log } = await open('memory');
  await database.ready;
  await database.run((sql) => sql.insert(customers).values(CUSTOMER));
  await killThread();
  await isUp(database);
  expect(await count(database)).toBe(0);
  expect(log.text()).toContain('what was in memory is lost');
  // Each time it dies again it is started again later.
  for (let n = 2; n <= 3; n += 1) {
    await killThread();
    await isUp(database);
    expect(threads).toHaveLength(n + 1);
  }
  expect(log.text().match(/(?<="retry_ms":)\d+/g)).toEqual(['250', '500', '1000']);
});

test('a folder that PGlite cannot open is named, and is tried again until it can be', {
  timeout: 120_000,
}, async () => {
  const made = await open(folder);
  await made.database.ready;
  await made.database.run((sql) => sql.insert(customers).values(CUSTOMER));
  await made.database.close();
  const control = join(folder, 'pglite', 'global', 'pg_control');
  await copyFile(control, join(root, 'kept'));
  await writeFile(control, Buffer.alloc(8192));
  const { database, log } = await open(folder);
  const named = expect.objectContaining({ level: 'error', folder: join(folder, 'pglite') });
  await expect.poll(() => log.lines(), WITHIN).toContainEqual(named);
  expect(log.text()).toContain('restore DATA_DIR from a backup');
  expect(await database.check()).toMatchObject({ status: 'starting', error: expect.any(String) });
  await copyFile(join(root, 'kept'), control);
  await isUp(database);
  expect(await count(database)).toBe(1);
});

test('a database whose thread is dead can be closed, and frees its folder', {
  timeout: 120_000,
}, async () => {
  const { database } = await open(folder);
  await database.ready;
  await killThread();
  await database.close();
  const { database: next } = await open(folder);
  await next.ready;
});

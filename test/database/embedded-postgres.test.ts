import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';
import { compiled } from '../support/compiled.js';

const logger = silentLogger();
let root: string;
let folder: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bayline-data-'));
  folder = join(root, 'data');
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(root, { recursive: true });
});

function spawnWriter(): ChildProcess {
  return spawn(process.execPath, [compiled('test/support/endless-writer.ts'), folder], {
    // What a killed process leaves in the temporary folder goes with the test's own.
    env: { ...process.env, TMPDIR: root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function acknowledged(writer: ChildProcess, atLeast: number): Promise<number> {
  let count = 0;
  writer.stdout?.on('data', (chunk) => {
    count += String(chunk).split('\n').length - 1;
  });
  await expect.poll(() => count, { timeout: 50_000 }).toBeGreaterThanOrEqual(atLeast);
  return count;
}

test('what was committed survives kill -9, and so does the folder', { timeout: 120_000 }, async () => {
  child = spawnWriter();
  const count = await acknowledged(child, 50);
  const busy = openDatabase({ dataDir: folder, logger });
  await expect(busy).rejects.toThrow(`in use by another gateway (process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const database = await openDatabase({ dataDir: folder, logger });
  await database.ready;
  expect(await database.run((sql) => sql.$count(customers))).toBeGreaterThanOrEqual(count);
  await database.close();
  expect(await readdir(folder)).toEqual(['pglite']);
});

test('a first start that is cut short leaves nothing that stops the next one', {
  timeout: 60_000,
}, async () => {
  await mkdir(folder, { mode: 0o700 });
  // Told by the system, not looked for: the draft may have its final name within a few milliseconds.
  const changes = watch(folder);
  const draftBegun = new Promise<void>((tell) => {
    changes.on('change', (_event, name) => String(name).startsWith('pglite.new-') && tell());
  });
  const cut = await openDatabase({ dataDir: folder, logger });
  await draftBegun;
  changes.close();
  await cut.close();
  // On a machine that stood still meanwhile it was done before.
  await cut.ready.catch((error) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }));
  const database = await openDatabase({ dataDir: folder, logger });
  await database.ready;
  expect(await database.check()).toMatchObject({ status: 'up' });
  await database.close();
  expect(await readdir(folder)).toEqual(['pglite']);
});

test('what a killed process had begun to make is removed when a database is made', {
  timeout: 60_000,
}, async () => {
  await mkdir(join(folder, 'pglite.new-of-a-killed-process', 'base'), { recursive: true });
  const database = await openDatabase({ dataDir: folder, logger });
  await database.ready;
  await database.close();
  expect(await readdir(folder)).toEqual(['pglite']);
});

test('a vehicle is checked to have a customer by the index, however few customers there were at first', {
  timeout: 60_000,
}, async () => {
  const database = await openDatabase({ dataDir: 'memory', logger });
  await database.ready;
  const addCustomers = (from: number, to: number) =>
    `insert into customers (phone_number, first_name, last_name) select '+1' || n, 'Ada', '' from generate_series(${from}, ${to}) n`;
  const addVehicles = (most: number) =>
    `insert into vehicles (customer_id, make, model) select id, 'Kia', 'Rio' from customers order by id limit ${most}`;
  const readOneByOne = `select seq_tup_read::int as count from pg_stat_xact_user_tables where relname = 'customers'`;
  await database.run((sql) => sql.execute(addCustomers(1, 3)));
  // The check's plan is made with this one, and kept.
  await database.run((sql) => sql.execute(addVehicles(1)));
  await database.run((sql) => sql.execute(addCustomers(4, 2000)));
  const read = await database.transaction(async (sql) => {
    await sql.execute(addVehicles(100));
    return (await sql.execute<{ count: number }>(readOneByOne)).rows;
  });
  // Those whose vehicles they are may be looked for one by one, once.
  expect(read[0]?.count).toBeLessThanOrEqual(2000);
  await database.close();
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderLock } from '../../src/database/data-folder-lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bayline-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the folder is made, locked and free again after release', async () => {
  const inner = join(folder, 'a', 'b');
  const lock = await DataFolderLock.acquire(inner);
  expect(await readdir(inner)).toEqual(['bayline.lock']);
  await lock.release();
  expect(await readdir(inner)).toEqual([]);
});

test('a folder in use is refused with a sentence that names the process', async () => {
  const lock = await DataFolderLock.acquire(folder);
  const second = DataFolderLock.acquire(folder);
  await expect(second).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  await expect(second).rejects.toThrow(`in use by the process ${process.pid}`);
  await lock.release();
});

test.each([
  ['a process that is gone', '2147483646 123 old\n'],
  ['an earlier process with this id', `${process.pid} 1 old\n`],
  ['nobody can tell whom', 'rubbish\n'],
])('the lock of %s is taken over', async (_, content) => {
  await writeFile(join(folder, 'bayline.lock'), content);
  const lock = await DataFolderLock.acquire(folder);
  await expect(DataFolderLock.acquire(folder)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test('of many that race for a stale lock one wins, and nothing is left lying about', async () => {
  await writeFile(join(folder, 'bayline.lock'), '2147483646 123 old\n');
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => DataFolderLock.acquire(folder)));
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(won).toHaveLength(1);
  for (const outcome of won) await outcome.value.release();
  expect(await readdir(folder)).toEqual([]);
});

test('a folder that cannot be made is refused with its name', async () => {
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file', 'data');
  await expect(DataFolderLock.acquire(path)).rejects.toThrow(`DATA_DIR ${path} cannot be used`);
});

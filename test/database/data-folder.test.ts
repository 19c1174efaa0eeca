import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { openDataFolder } from '../../src/database/data-folder.js';
import { PGLITE_VERSION } from '../../src/database/empty-database.js';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bayline-folder-'));
  folder = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true }));

const open = (path = folder) => openDataFolder(path, silentLogger(), () => undefined);

async function database(version: string | null, control = true): Promise<void> {
  await mkdir(join(folder, 'pglite', 'global'), { recursive: true });
  if (version !== null) await writeFile(join(folder, 'pglite', 'PG_VERSION'), version);
  if (control) await writeFile(join(folder, 'pglite', 'global', 'pg_control'), 'x');
}

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['of an older version', () => database('16\n'), /version 16.*the version of Bayline that made it/],
  ['of a newer version', () => database('99\n'), /version 99.*Update Bayline/],
  ['with an empty PG_VERSION', () => database(''), /damaged: PG_VERSION holds no version/],
  ['with something else in PG_VERSION', () => database('rubbish'), /damaged: PG_VERSION holds no version/],
  ['without PG_VERSION', () => database(null), /damaged: PG_VERSION is missing/],
  [
    'without pg_control',
    () => database(`${PGLITE_VERSION}\n`, false),
    /damaged: global\/pg_control is missing/,
  ],
  ['that is a file', () => writeFile(folder, ''), /is a file, not a folder/],
  [
    'that is a link to nothing',
    () => symlink(join(root, 'gone'), folder),
    /link to a folder that is not there/,
  ],
  ['that is a link in a circle', () => symlink(folder, folder), /link/],
  [
    'with a file on its path',
    async () => {
      await writeFile(join(root, 'file'), '');
      folder = join(root, 'file', 'data');
    },
    /has a file where a folder is needed/,
  ],
  [
    'with a name that is too long',
    async () => {
      folder = join(root, 'x'.repeat(300));
    },
    /name that is too long/,
  ],
  [
    'that is a database itself',
    async () => {
      await mkdir(folder);
      await writeFile(join(folder, 'PG_VERSION'), '18\n');
    },
    /is itself the folder of a PostgreSQL database/,
  ],
  [
    'whose database is a file',
    async () => {
      await mkdir(folder);
      await writeFile(join(folder, 'pglite'), '');
    },
    /is no folder/,
  ],
  [
    'whose database is a link to a disk that is not mounted',
    async () => {
      await mkdir(folder);
      await symlink(join(root, 'disk'), join(folder, 'pglite'));
    },
    /link to a folder that is not there. Mount/,
  ],
])('a folder %s is named as what it is, and left as it was', async (_, make, sentence) => {
  await make();
  const before = await readdir(folder).catch(() => null);
  await expect(open()).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  await expect(open()).rejects.toThrow(sentence);
  await expect(open()).rejects.not.toThrow(/another DATA_DIR/);
  expect(await readdir(folder).catch(() => null)).toEqual(before);
});

test('a new folder is closed to other users, and so is one that was open', async () => {
  await (await open()).lock.release();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await database(`${PGLITE_VERSION}\n`);
  for (const path of [folder, join(folder, 'pglite')]) await chmod(path, 0o777);
  await (await open()).lock.release();
  for (const path of [folder, join(folder, 'pglite')]) expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('a folder with other things in it keeps its rights', async () => {
  await mkdir(folder);
  await chmod(folder, 0o777);
  await writeFile(join(folder, 'other.txt'), '');
  await (await open()).lock.release();
  expect((await stat(folder)).mode & 0o777).toBe(0o777);
});

test('a link to a folder leads to the same lock', async () => {
  await mkdir(folder);
  await symlink(folder, join(root, 'link'));
  const { lock } = await open(join(root, 'link'));
  await expect(open()).rejects.toThrow('in use');
  await lock.release();
});

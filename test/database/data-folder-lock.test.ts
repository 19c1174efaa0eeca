import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderLock } from '../../src/database/data-folder-lock.js';
import { compiled } from '../support/compiled.js';

let root: string;
let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bayline-lock-'));
  folder = join(root, 'data');
  await mkdir(folder);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(root, { recursive: true });
});

/** A process that holds the folder, or ends with what it was told. */
function holder(path = folder, before: readonly string[] = []): ChildProcess & { text: string } {
  const script = compiled('test/support/lock-holder.ts');
  const words = [...before, process.execPath, script, path];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const it = Object.assign(child, { text: '' });
  child.stdout?.on('data', (chunk) => {
    it.text += String(chunk);
  });
  return it;
}

async function holding(child: { text: string }): Promise<void> {
  await expect.poll(() => child.text, { timeout: 60_000 }).toContain('held');
}

test('a folder is locked, and free and empty again after release', async () => {
  const lock = await DataFolderLock.acquire(folder);
  await expect(DataFolderLock.acquire(folder)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  await expect(DataFolderLock.acquire(folder)).rejects.toThrow(
    `in use by another gateway (process ${process.pid}`,
  );
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await DataFolderLock.acquire(folder)).release();
});

test.each([
  ['spaces and percent signs', 'a b%20c%'],
  ['letters that are not ASCII', 'Кузов-車-é'],
  ['more letters than the path of a socket may have', join('d'.repeat(120), 'e'.repeat(120))],
])('a folder with %s is locked', async (_, name) => {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  const lock = await DataFolderLock.acquire(path);
  await expect(DataFolderLock.acquire(path)).rejects.toThrow('in use');
  expect((await readdir(path)).filter((file) => file.endsWith('.sock'))).toHaveLength(1);
  await lock.release();
  expect(await readdir(path)).toEqual([]);
});

test('a killed owner is followed at once, a stopped one is not', { timeout: 90_000 }, async () => {
  const child = holder();
  await holding(child);
  child.kill('SIGSTOP');
  await expect(DataFolderLock.acquire(folder)).rejects.toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const onWatch = () => expect.unreachable('a lock of this machine needs no watching');
  const lock = await DataFolderLock.acquire(folder, { onWatch });
  expect((await readdir(folder)).filter((name) => name.endsWith('.lock'))).toHaveLength(1);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'process ids of their own do not make two containers owners of one folder',
  { timeout: 90_000 },
  async () => {
    const own = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const first = holder(folder, own);
    await holding(first);
    const second = holder(folder, own);
    await once(second, 'exit');
    expect(second.text).toContain('in use');
    first.kill('SIGKILL');
    await once(first, 'exit');
    await expect
      .poll(() => DataFolderLock.acquire(folder).then((lock) => lock.release().then(() => 'free')))
      .toBe('free');
  },
);

test('of many that start together one wins, again and again', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 5; round++) {
    const all = Array.from({ length: 20 }, () => DataFolderLock.acquire(folder));
    const outcomes = await Promise.allSettled(all);
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of won) await outcome.value.release();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('of many processes that start together over a dead lock one wins', { timeout: 120_000 }, async () => {
  const dead = holder();
  await holding(dead);
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  const all = Array.from({ length: 5 }, () => holder());
  await expect.poll(() => all.every(({ text }) => text !== ''), { timeout: 90_000 }).toBe(true);
  expect(all.filter(({ text }) => text.includes('held'))).toHaveLength(1);
});

async function fromElsewhere(lives: boolean): Promise<() => Promise<void>> {
  const lock = await DataFolderLock.acquire(folder);
  const name = (await readdir(folder)).find((file) => file.endsWith('.lock')) ?? '';
  const held = JSON.parse(await readFile(join(folder, name), 'utf8'));
  await lock.release();
  const path = join(folder, name);
  let beat = 0;
  const write = () =>
    writeFile(
      path,
      JSON.stringify({ ...held, owner: true, place: 'another kernel', host: 'elsewhere', beat: beat++ }),
    );
  await write();
  const timer = lives ? setInterval(write, 100) : undefined;
  return async () => clearInterval(timer);
}

test('a lock that another machine renews is in use there', async () => {
  const end = await fromElsewhere(true);
  await expect(DataFolderLock.acquire(folder)).rejects.toThrow('on elsewhere');
  await end();
});

test('a lock that another machine does not renew is taken over, after it was watched', async () => {
  await fromElsewhere(false);
  const watched: string[] = [];
  const lock = await DataFolderLock.acquire(folder, { watchMs: 600, onWatch: (host) => watched.push(host) });
  expect(watched).toEqual(['elsewhere']);
  await lock.release();
});

test.each([['empty'], ['{"pid":'], ['x'.repeat(5000)]])(
  'a lock file that is %.10s is watched too',
  async (text) => {
    const name = `owner-0000000aa-${'0'.repeat(36)}.lock`;
    await writeFile(join(folder, name), text);
    const lock = await DataFolderLock.acquire(folder, { watchMs: 300 });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a copy of a folder in use is free, and one that was moved is not', async () => {
  const lock = await DataFolderLock.acquire(folder);
  const copy = join(root, 'copy');
  await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  const second = await DataFolderLock.acquire(copy, { watchMs: 300 });
  await second.release();
  const moved = join(root, 'moved');
  await rename(folder, moved);
  await expect(DataFolderLock.acquire(moved)).rejects.toThrow('in use');
  await lock.release();
});

test('an owner whose folder is removed is told', async () => {
  let lost = 0;
  const lock = await DataFolderLock.acquire(folder, { onLost: () => lost++ });
  await rm(folder, { recursive: true });
  await expect.poll(() => lost).toBe(1);
  await lock.release();
});

test('a lock file of an earlier version is not in the way', async () => {
  await writeFile(join(folder, 'bayline.lock'), '1 123 old\n');
  const lock = await DataFolderLock.acquire(folder);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

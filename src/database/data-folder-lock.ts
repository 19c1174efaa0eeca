import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, summarize } from '../errors.js';

const LOCK_FILE = 'bayline.lock';

/**
 * Keeps a folder for this process alone: two processes writing one PGlite folder destroy it. A lock left behind by a process
 * that is gone is taken over.
 */
export class DataFolderLock {
  readonly #path: string;
  readonly #content: string;

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
  }

  /** Creates the folder when it is missing. Throws `BAD_CONFIG` when it cannot be written or another process has it. */
  static async acquire(folder: string): Promise<DataFolderLock> {
    const path = join(folder, LOCK_FILE);
    const content = `${process.pid} ${(await startOf(process.pid)) ?? '-'} ${randomUUID()}\n`;
    try {
      await mkdir(folder, { recursive: true });
      if (!(await create(path, content))) await takeOver(folder, path, content);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      const { message } = summarize(error);
      throw new GatewayError(
        'BAD_CONFIG',
        `DATA_DIR ${folder} cannot be used: ${message}. Name another folder.`,
      );
    }
    return new DataFolderLock(path, content);
  }

  /** Removes the lock if it is still this one; never rejects. */
  async release(): Promise<void> {
    const held = await read(this.#path).catch(() => null);
    if (held === this.#content) await unlink(this.#path).catch(() => {});
  }
}

// Written beside it first and then linked, so that nobody ever reads half a lock.
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (summarize(error).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function takeOver(folder: string, path: string, content: string): Promise<void> {
  const held = await read(path);
  if (held !== null && (await isAlive(held))) throw inUse(folder, held);
  if (held !== null) await removeStale(path, held);
  if (!(await create(path, content))) throw inUse(folder, (await read(path)) ?? '');
}

// Another process may be taking over at the same moment: what was moved away must be the lock that was judged.
async function removeStale(path: string, held: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => {});
  const moved = await read(aside);
  if (moved !== null && moved !== held) await link(aside, path).catch(() => {});
  if (moved !== null) await unlink(aside);
}

function inUse(folder: string, held: string): GatewayError {
  const owner = /^\d+/.exec(held)?.[0] ?? 'unknown';
  return new GatewayError(
    'BAD_CONFIG',
    `DATA_DIR ${folder} is in use by the process ${owner}. Stop that gateway, name another folder, or share a DATABASE_URL.`,
  );
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (summarize(error).code === 'ENOENT') return null;
    throw error;
  });
}

async function isAlive(held: string): Promise<boolean> {
  const [pid = '', startedAt] = held.trim().split(' ');
  if (!/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (summarize(error).code === 'ESRCH') return false;
  }
  const startedNow = await startOf(Number(pid));
  return startedNow === null || startedAt === '-' || startedNow === startedAt;
}

/** When a process started, by the kernel's clock; `null` where that cannot be read. Process ids are used again, in containers at once. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // proc(5): the name in parentheses may hold spaces; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

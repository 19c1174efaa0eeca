import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { GatewayError, summarize } from '../core/errors.js';
import { parsedJson } from '../core/json.js';
import { FolderSockets } from './folder-sockets.js';

const RENEW_MS = 1000;
/** An owner on another machine that has not renewed its lock for so long is gone. */
const WATCH_MS = 10_000;
const SETTLE_MS = 15_000;
const ORPHAN_MS = 60_000;
const CONTENT_BYTES = 512;
const LOCK_NAME = /^(owner-[0-9a-z]{9}-[0-9a-f-]{36})\.lock$/;

/** What a lock says of who made it. */
const Holder = z.object({
  /** The running kernel and the mount: who has the same can ask the holder's socket. */
  place: z.string(),
  host: z.string(),
  pid: z.number(),
  socket: z.boolean(),
  /** False while it still looks for others. */
  owner: z.boolean(),
  beat: z.number(),
});
type Holder = z.infer<typeof Holder>;

interface DataFolderLockOptions {
  /** Called once when the lock is gone although it was not released: the folder was removed, or another machine has taken it over. */
  readonly onLost?: () => void;
  /** Called before a lock of another machine is watched. */
  readonly onWatch?: (host: string) => void;
  readonly watchMs?: number;
}

interface Rival {
  readonly id: string;
  readonly holder: Holder | null;
}

/**
 * Keeps a folder for this process alone: two processes writing one PGlite folder destroy it. Each that wants it announces itself by
 * a file of its own, and has the folder when it then finds nobody else who lives: of two, the later one sees the earlier one. Who
 * lives on this kernel is known by a socket, which refuses the moment its process is gone; a holder elsewhere by the file, which it
 * renews each second.
 */
export class DataFolderLock {
  readonly #folder: string;
  readonly #id: string;
  readonly #sockets: FolderSockets;
  readonly #options: DataFolderLockOptions;
  #holder: Holder;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(
    folder: string,
    sockets: FolderSockets,
    holder: Holder,
    id: string,
    options: DataFolderLockOptions,
  ) {
    this.#folder = folder;
    this.#sockets = sockets;
    this.#holder = holder;
    this.#id = id;
    this.#options = options;
  }

  /** Throws `BAD_CONFIG` when another process has the folder, and the system's error when it cannot be written. */
  static async acquire(folder: string, options: DataFolderLockOptions = {}): Promise<DataFolderLock> {
    const deadline = performance.now() + SETTLE_MS + (options.watchMs ?? WATCH_MS);
    for (let pause = 50; ; pause = Math.min(pause * 2, 800)) {
      const lock = await DataFolderLock.#announce(folder, options);
      const rival = await lock.#findRival(deadline).catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
      if (rival === null) return lock;
      await lock.release();
      if (rival.holder?.owner !== false || performance.now() > deadline) throw inUse(folder, rival);
      await delay(pause * (1 + Math.random()));
    }
  }

  static async #announce(folder: string, options: DataFolderLockOptions): Promise<DataFolderLock> {
    const id = `owner-${Date.now().toString(36).padStart(9, '0')}-${randomUUID()}`;
    const place = `${await kernel()}:${(await stat(folder)).dev}`;
    const sockets = new FolderSockets(folder);
    const socket = await sockets.listen(`${id}.sock`);
    const holder = { place, host: hostname(), pid: process.pid, socket, owner: false, beat: 0 };
    const lock = new DataFolderLock(folder, sockets, holder, id, options);
    try {
      // Whole from the moment at which others can see it, and behind its socket.
      await writeFile(lock.#path('.new'), contentOf(holder), { flag: 'wx', mode: 0o600 });
      await rename(lock.#path('.new'), lock.#path('.lock'));
    } catch (error) {
      await lock.release();
      throw error;
    }
    lock.#timer = setInterval(() => lock.#renew(), RENEW_MS).unref();
    return lock;
  }

  /** A short path of the folder for sockets in it; null where it can have none. */
  get socketBase(): string | null {
    return this.#holder.socket && process.platform !== 'win32' ? this.#sockets.base : null;
  }

  /** Frees the folder; never rejects. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    // Whoever still sees the file must find its socket.
    await this.#remove(this.#id, ['.lock', '.new']);
    await this.#sockets.close().catch(() => {});
    await this.#remove(this.#id, ['.sock']);
  }

  /** Null when nobody else is there, and the folder is this lock's. Who was announced earlier waits for the others to withdraw. */
  async #findRival(deadline: number): Promise<Rival | null> {
    for (;;) {
      const rivals = await this.#rivals();
      const living = await Promise.all(rivals.map((rival) => this.#isAlive(rival)));
      const alive = rivals.filter((_, index) => living[index]);
      await Promise.all(rivals.filter((_, index) => !living[index]).map(({ id }) => this.#remove(id)));
      const owner = alive.find(({ holder }) => holder?.owner !== false);
      const earlier = alive.find(({ id }) => id < this.#id);
      const first = owner ?? earlier ?? alive[0];
      if (first === undefined) break;
      if (owner || earlier || performance.now() > deadline) return first;
      await delay(20);
    }
    this.#holder = { ...this.#holder, owner: true };
    this.#renew();
    await this.#removeOrphans();
    return null;
  }

  async #rivals(): Promise<Rival[]> {
    const names = await readdir(this.#folder);
    const ids = names.map((name) => LOCK_NAME.exec(name)?.[1]).filter((id) => id !== undefined);
    const rivals = ids
      .filter((id) => id !== this.#id)
      .map(async (id) => {
        const text = await readText(join(this.#folder, `${id}.lock`));
        return text === null ? null : { id, holder: Holder.safeParse(parsedJson(text)).data ?? null };
      });
    return (await Promise.all(rivals)).filter((rival) => rival !== null);
  }

  async #isAlive({ id, holder }: Rival): Promise<boolean> {
    if (holder?.socket && holder.place === this.#holder.place) {
      const answer = await this.#sockets.answers(`${id}.sock`);
      if (answer !== 'unknown') return answer === 'yes';
    }
    const path = join(this.#folder, `${id}.lock`);
    const before = await readText(path);
    if (before === null) return false;
    this.#options.onWatch?.(holder?.host ?? 'unknown');
    for (const end = performance.now() + (this.#options.watchMs ?? WATCH_MS); performance.now() < end; ) {
      await delay(RENEW_MS / 4);
      const now = await readText(path);
      if (now === null) return false;
      if (now !== before) return true;
    }
    return false;
  }

  // Opened anew each time: a file that was removed is noticed, and other machines of a network volume see what is written.
  #renew(): void {
    this.#renewing = this.#renewing.then(async () => {
      this.#holder = { ...this.#holder, beat: this.#holder.beat + 1 };
      try {
        const file = await open(this.#path('.lock'), 'r+');
        await file.write(contentOf(this.#holder), 0).finally(() => file.close());
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR', 'ESTALE'].includes(summarize(error).code ?? '')) return;
        clearInterval(this.#timer);
        this.#options.onLost?.();
      }
    });
  }

  async #remove(id: string, endings = ['.lock', '.sock', '.new']): Promise<void> {
    for (const ending of endings)
      await rm(join(this.#folder, `${id}${ending}`), { force: true }).catch(() => {});
  }

  // What processes left that ended while they announced themselves, and the lock file of earlier versions.
  async #removeOrphans(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const isOwn = name.startsWith(this.#id);
      if (!isOwn && /^owner-.*\.(sock|new)$/.test(name)) {
        const since = (await stat(path).catch(() => null))?.mtimeMs ?? Date.now();
        if (Date.now() - since > ORPHAN_MS) await rm(path, { force: true }).catch(() => {});
      }
    }
    await rm(join(this.#folder, 'bayline.lock'), { force: true }).catch(() => {});
  }

  #path(ending: string): string {
    return join(this.#folder, `${this.#id}${ending}`);
  }
}

// Of one length always: it is written over in place, and nobody reads half of it.
function contentOf(holder: Holder): string {
  return `${JSON.stringify(holder).padEnd(CONTENT_BYTES - 1)}\n`;
}

/** Which running kernel this is: all containers of a machine have the same, a restart of the machine has another. */
async function kernel(): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  return bootId?.trim() ?? `${process.platform} ${hostname()}`;
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (summarize(error).code === 'ENOENT') return null;
    throw error;
  });
}

function inUse(folder: string, { holder }: Rival): GatewayError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new GatewayError(
    'BAD_CONFIG',
    `DATA_DIR ${folder} is in use by another gateway (${who}). Stop that one first, or give both a DATABASE_URL.`,
  );
}

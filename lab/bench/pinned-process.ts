import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The server has a core for itself; the load, Redis and whoever measures share the other. */
const SERVER_CORE = '0';
const OTHER_CORE = '1';
const LOOK_MS = 500;
const READY_WITHIN_MS = 60_000;

/** Puts this process, and what it starts from now on, on the other core. */
export function leaveTheServerAlone(): void {
  const { status } = spawnSync('taskset', ['-a', '-cp', OTHER_CORE, String(process.pid)]);
  if (status !== 0)
    throw new Error('This benchmark needs Linux with two cores and taskset (Debian: util-linux).');
}

/** A program of this folder, on a core of its own. */
export class PinnedProcess {
  readonly url: string;
  /** From its launch to its word that it listens. */
  readonly startMs: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, url: string, startMs: number) {
    this.#process = child;
    this.url = url;
    this.startMs = startMs;
  }

  /** `program`: a file of this folder, without its ending; it tells its `{ url }` when it listens. */
  static async start(
    program: string,
    args: readonly string[],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<PinnedProcess> {
    const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
    const file = fileURLToPath(new URL(`./${program}${ending}`, import.meta.url));
    const env = { PATH: process.env.PATH, ...settings };
    const startedAt = performance.now();
    const child = spawn('taskset', ['-c', SERVER_CORE, process.execPath, file, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message]: unknown[] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [null]),
    ]);
    if (typeof message !== 'object' || message === null || !('url' in message))
      throw new Error(`${program} ${args.join(' ')} did not come to listen.`);
    return new PinnedProcess(child, String(message.url), performance.now() - startedAt);
  }

  /** Time on the processor so far, of all its threads (µs). */
  get cpuUs(): number {
    const folder = `/proc/${this.#process.pid}/task`;
    const times = readdirSync(folder).map((thread) => readFileSync(`${folder}/${thread}/schedstat`, 'utf8'));
    return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1000;
  }

  /** Resident memory now (KB). */
  get residentKb(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  }

  /** Settles when it has got everything ready: it uses less than 2 % of its core. */
  async untilIdle(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (let before = this.cpuUs, used = LOOK_MS * 1000; used > LOOK_MS * 20; before += used) {
      if (performance.now() > deadline) throw new Error('The server did not come to rest.');
      await pause(LOOK_MS);
      used = this.cpuUs - before;
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

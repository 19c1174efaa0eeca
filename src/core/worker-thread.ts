import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts `file` (a path without its ending, relative to `base`, an `import.meta.url`) as a worker thread: the compiled
 * file from `dist`, and from the TypeScript source through tsx, so that tests and `npm run dev` need no build. tsx is registered
 * inside the thread: on Node 20 `--import tsx` in a worker's `execArgv` does not reach the worker's own file.
 */
export function startWorker(file: string, base: string, workerData?: unknown): Worker {
  if (!base.endsWith('.ts')) return new Worker(new URL(`${file}.js`, base), { workerData });
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const worker = JSON.stringify(new URL(`${file}.ts`, base).href);
  const boot = `import { register } from ${tsx}; register(); await import(${worker});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), { workerData });
}

/**
 * Called in a worker thread that computes for long: where cores are scarce, the thread that all calls share goes first. On Linux each thread has a
 * priority of its own, and `/proc/thread-self` names the thread that reads it. Elsewhere nothing is done. `last`: nobody waits for it, and it goes
 * behind all others.
 */
export function yieldToCalls({ last = false } = {}): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    const { PRIORITY_LOW, PRIORITY_BELOW_NORMAL } = constants.priority;
    setPriority(thread, last ? PRIORITY_LOW : PRIORITY_BELOW_NORMAL);
  } catch {
    // No /proc, or a sandbox that does not allow it: all threads stay alike.
  }
}

/** Starts `file` (named as for `startWorker`) as a process of its own, which is told by `disconnect` when this one or this thread has ended. */
export function startProgram(file: string, base: string, args: readonly string[]): ChildProcess {
  const isSource = base.endsWith('.ts');
  const execArgv = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  // An inherited output it would make blocking again, for this process too.
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
  const program = fileURLToPath(new URL(`${file}.${isSource ? 'ts' : 'js'}`, base));
  const child = fork(program, args, { execArgv, stdio });
  child.stderr?.on('data', (data) => process.stderr.write(data));
  return child;
}

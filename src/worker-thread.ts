import { Worker } from 'node:worker_threads';

/**
 * Starts `file` (a path without its ending, relative to `base`, an `import.meta.url`) as a worker thread.
 * From `dist` that is the compiled file; from the TypeScript source it runs through tsx, so that tests and
 * `npm run dev` need no build.
 */
export function startWorker(file: string, base: string, workerData: unknown): Worker {
  const fromSource = base.endsWith('.ts');
  const url = new URL(`${file}${fromSource ? '.ts' : '.js'}`, base);
  return new Worker(url, { workerData, ...(fromSource ? { execArgv: ['--import', 'tsx'] } : {}) });
}

import { Worker } from 'node:worker_threads';

/**
 * Starts the thread that runs Flite. From the TypeScript source it goes through tsx, registered inside the thread: on
 * Node 20 `--import tsx` among a worker's `execArgv` does not reach the loader of the worker's own file.
 */
export function startFliteThread(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./flite-worker.js', import.meta.url));
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const worker = JSON.stringify(new URL('./flite-worker.ts', import.meta.url).href);
  const boot = `import { register } from ${tsx}; register(); await import(${worker});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`));
}

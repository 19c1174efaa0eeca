import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.js';

export interface FinishedCall {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const CALL = compiled('tools/call/call.ts');
/** It may start a gateway, whose database would be late beside all other tests. */
const EQUAL_THREADS = fileURLToPath(new URL('./equal-threads.cjs', import.meta.url));

/** Runs `npm run call` in this folder, so that no .env of this machine has a say. */
export function runCall(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<FinishedCall> {
  const child = spawn(process.execPath, ['--require', EQUAL_THREADS, CALL, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    text.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    text.err += data.toString();
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...text })));
}

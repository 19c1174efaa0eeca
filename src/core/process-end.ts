import type { LogOutput } from './log-output.js';

const LAST_LINES_MS = 500;

/** Ends the process with this status, its last lines written if their destinations take them within half a second. */
export async function endProcess(status: number, outputs: readonly LogOutput[]): Promise<void> {
  const isFree = await Promise.all(outputs.map((output) => output.flush(LAST_LINES_MS)));
  // An exit would wait for the thread that still writes, for ever perhaps.
  if (isFree.includes(false)) process.kill(process.pid, 'SIGKILL');
  process.exit(status);
}

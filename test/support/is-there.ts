import { existsSync, readFileSync } from 'node:fs';

/** Whether a process lives; one that has ended and that nobody has asked about yet does not. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}

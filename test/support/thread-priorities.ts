import { readdirSync } from 'node:fs';
import { constants, getPriority } from 'node:os';

/** How many threads of this process go behind the others (Linux). */
export function yieldingThreads(): number {
  const threads = readdirSync('/proc/self/task').map(Number);
  return threads.filter((thread) => getPriority(thread) >= constants.priority.PRIORITY_BELOW_NORMAL).length;
}

// Run as a process of its own: holds the folder given until it is killed, or prints why it cannot.
import { DataFolderLock } from '../../src/database/data-folder-lock.js';

try {
  await DataFolderLock.acquire(process.argv[2] ?? '');
  process.stdout.write('held\n');
  setInterval(() => {}, 1000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : 'failed'}\n`);
}

import { expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { openDatabase } from '../../src/database/database.js';
import { yieldingThreads } from '../support/thread-priorities.js';

test.runIf(process.platform === 'linux')(
  'the thread of an embedded database goes behind the one that answers calls',
  {
    timeout: 60_000,
  },
  async () => {
    const before = yieldingThreads();
    const database = await openDatabase({ dataDir: 'memory', logger: silentLogger() });
    await database.ready;
    expect(yieldingThreads()).toBe(before + 1);
    await database.close();
  },
);

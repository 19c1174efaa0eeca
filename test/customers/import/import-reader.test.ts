import { expect, test } from 'vitest';
import { ImportReader } from '../../../src/customers/import/import-reader.js';
import { yieldingThreads } from '../../support/thread-priorities.js';

test.runIf(process.platform === 'linux')(
  'a file is read in a thread that goes behind the one that answers calls',
  {
    timeout: 60_000,
  },
  async () => {
    const before = yieldingThreads();
    const reader = new ImportReader();
    reader.add(Buffer.from('name,phone\nAda King,5125550100\n'));
    expect(await reader.read()).toMatchObject({ problem: null, rows: 1 });
    expect(yieldingThreads()).toBe(before + 1);
    await reader.close();
  },
);

import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startProgram, startWorker } from '../../src/core/worker-thread.js';
import { compiled } from '../support/compiled.js';

const SOURCE = new URL('../support/tests.ts', import.meta.url).href;
const COMPILED = pathToFileURL(compiled('test/support/tests.ts')).href;

describe.each([
  ['TypeScript, as under npm run dev', SOURCE],
  ['what is compiled, as in production', COMPILED],
])('from %s', { timeout: 60_000 }, (_name, base) => {
  it('a thread is started with what it is given', async () => {
    const worker = startWorker('./answering-thread', base, 'what it was given');
    expect(await once(worker, 'message')).toEqual(['what it was given in a thread']);
    await worker.terminate();
  });

  it.runIf(process.platform === 'linux')(
    'a thread goes behind the one that answers calls, or behind all',
    async () => {
      const own = getPriority(process.pid);
      const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
      for (const [last, after] of [
        [false, PRIORITY_BELOW_NORMAL],
        [true, PRIORITY_LOW],
      ]) {
        const worker = startWorker('./yielding-thread', base, { last });
        expect(await once(worker, 'message')).toEqual([{ before: own, after }]);
        expect(getPriority(process.pid)).toBe(own);
        await worker.terminate();
      }
    },
  );

  it('a program is started with its words', async () => {
    expect(await once(startProgram('./answering-program', base, ['7']), 'exit')).toEqual([7, null]);
  });
});

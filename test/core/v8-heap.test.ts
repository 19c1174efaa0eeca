import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { oldGarbagePercent } from '../../src/core/v8-heap.js';
import { isTestedNode } from '../../src/core/version.js';
import { compiled } from '../support/compiled.js';

const PROGRAM = compiled('test/support/heap-growth.ts');
/** Both halves are counted, and what is about to move from one to the other. */
const FEW_MB = 16 * 1024 * 1024;

/** The young generation before and after, in a process where it may have 256 MB. */
function growth(...args: string[]): { before: number; after: number } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--max-semi-space-size=128', PROGRAM, ...args], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe.runIf(isTestedNode())('a heap that is kept small', { timeout: 60_000 }, () => {
  it('has a young generation that no longer grows, where it would else', () => {
    const small = growth('');
    expect(small.after).toBeLessThanOrEqual(Math.max(small.before, FEW_MB));
    const usual = growth();
    expect(usual.after).toBeGreaterThan(usual.before);
  });

  it('has the size that Node was started with, if it was', () => {
    const given = growth('--max-semi-space-size=128');
    expect(given.after).toBeGreaterThan(given.before);
  });
});

describe('old garbage', () => {
  it.each([
    ['is a third of what is used while nobody calls', 30, 34],
    ['may be as much as is used with a hundred calls', 100, 37],
  ])('%s', (_, percent, usedMb) => expect(oldGarbagePercent(usedMb * 1024 * 1024)).toBe(percent));
});

describe('a version that is tested', () => {
  it.each([
    ['20.20.2', true],
    ['22.0.0', true],
    ['24.21.0', true],
    ['21.7.0', false],
    ['25.9.0', false],
    ['240.1.0', false],
  ])('%s: %s', (version, isTested) => expect(isTestedNode(version)).toBe(isTested));
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import type { SaveResult } from '../../src/sessions/fenced-session-writer.js';
import { SessionWriter } from '../../src/sessions/session-writer.js';
import { newSession } from '../support/sample-session.js';

let writer: SessionWriter;
let startedAt: number;
/** Answers the write under way. */
let answer: (outcome: 'stored' | 'failed') => Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  const answers: ((result: SaveResult) => void)[] = [];
  answer = async (outcome) => {
    const settle = answers.shift();
    if (!settle) throw new Error('No write is under way.');
    settle(outcome === 'stored' ? { outcome, adopted: {}, over: 'stored' } : { outcome });
    await vi.advanceTimersByTimeAsync(0);
  };
  startedAt = performance.now();
  writer = new SessionWriter({
    slot: { save: () => new Promise((resolve) => answers.push(resolve)) },
    logger: silentLogger(),
    callSid: 'CA1',
    ttlSeconds: 3600,
    read: newSession,
    onAdopted: () => undefined,
  });
});
afterEach(async () => {
  void writer.stop();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const behindSince = () => (writer.behindSince === undefined ? undefined : writer.behindSince - startedAt);

it('is behind since its oldest change, whether that is on its way or not', async () => {
  await pass(10);
  writer.write();
  await pass(10);
  writer.write();
  expect(behindSince()).toBe(0);
  await answer('stored');
  expect(behindSince()).toBe(10);
  await answer('stored');
  expect(behindSince()).toBe(undefined);
});

it('stays behind with a write that failed, until one is stored', async () => {
  await pass(10);
  writer.write();
  await answer('failed');
  expect(behindSince()).toBe(0);
  await pass(250);
  await answer('stored');
  expect(behindSince()).toBe(undefined);
});

it('is not behind by a write without a change', async () => {
  await pass(1);
  await answer('stored');
  writer.verify();
  await pass(1);
  expect(behindSince()).toBe(undefined);
  await answer('failed');
  expect(behindSince()).toBe(undefined);
});

it('tries a failed write again after 250 ms, doubling to a second, and at once when somebody waits', async () => {
  await pass(1);
  for (const ms of [250, 500, 1000, 1000]) {
    await answer('failed');
    await pass(ms - 1);
    await expect(answer('failed')).rejects.toThrow('No write is under way.');
    await pass(1);
  }
  await answer('failed');
  const flushed = writer.flush();
  await pass(0);
  await answer('stored');
  await flushed;
  expect(writer.isSettled).toBe(true);
});

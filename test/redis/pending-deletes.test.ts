import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PendingDeletes } from '../../src/redis/pending-deletes.js';
import { logSink } from '../support/log-sink.js';

let answers: boolean;
let tried: string[];
let pending: PendingDeletes;
let sink: ReturnType<typeof logSink>;

beforeEach(() => {
  vi.useFakeTimers();
  answers = false;
  tried = [];
  sink = logSink();
  pending = new PendingDeletes(sink.logger);
});
const add = (callSid: string) =>
  pending.add(callSid, async () => {
    tried.push(callSid);
    return answers;
  });
afterEach(() => vi.useRealTimers());

describe('Pending deletes', () => {
  it('are probed with one while Redis is silent, and all paid when it answers', async () => {
    for (const callSid of ['CA1', 'CA2', 'CA3']) add(callSid);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(new Set(tried)).toEqual(new Set(['CA1']));
    answers = true;
    await vi.advanceTimersByTimeAsync(600);
    expect(pending.size).toBe(0);
    expect(new Set(tried)).toEqual(new Set(['CA1', 'CA2', 'CA3']));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('spare a call that has a session again', async () => {
    add('CA1');
    add('CA2');
    pending.cancel('CA2');
    answers = true;
    await vi.advanceTimersByTimeAsync(600);
    expect(tried).toEqual(['CA1']);
  });

  it('are bounded, which is said once until none waits any more', async () => {
    const tooMany = () => {
      for (let n = 0; n < 10_002; n++) add(`CA${n}`);
    };
    const told = () => sink.lines().map(({ level }) => level);
    tooMany();
    expect(pending.size).toBe(10_000);
    expect(told()).toEqual(['warn']);
    answers = true;
    await vi.advanceTimersByTimeAsync(600);
    expect(pending.size).toBe(0);
    tooMany();
    expect(told()).toEqual(['warn', 'warn']);
  });

  it('are sent a hundred at a time, so that calls have their turns between', async () => {
    let together = 0;
    let most = 0;
    const attempt = async () => {
      most = Math.max(most, ++together);
      await Promise.resolve();
      together -= 1;
      return true;
    };
    for (let n = 0; n < 450; n++) pending.add(`CA${n}`, attempt);
    await vi.advanceTimersByTimeAsync(600);
    expect(pending.size).toBe(0);
    expect(most).toBe(100);
  });

  it('end with the store', async () => {
    add('CA1');
    pending.close();
    add('CA2');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tried).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

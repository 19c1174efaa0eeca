import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { PendingDeletes } from '../../src/sessions/pending-deletes.js';

let answers: boolean;
let tried: string[];
let pending: PendingDeletes;

beforeEach(() => {
  vi.useFakeTimers();
  answers = false;
  tried = [];
  pending = new PendingDeletes(silentLogger());
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

  it('are bounded', () => {
    for (let n = 0; n < 20_000; n++) add(`CA${n}`);
    expect(pending.size).toBe(10_000);
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

import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { MemorySessionStore } from '../../src/sessions/memory-session-store.js';
import { describeSessionSlots } from '../contracts/fenced-session-writer.js';
import { describeSessionStore } from '../contracts/session-store.js';

describeSessionStore('The in-process store', async () => ({
  store: new MemorySessionStore({ logger: silentLogger() }),
  cleanUp: async () => {},
}));

describeSessionSlots(
  'The in-process store',
  async () => {
    const store = new MemorySessionStore({ logger: silentLogger() });
    return { stores: [store, store], cleanUp: async () => {} };
  },
  1000,
);

describe('The in-process session store', () => {
  afterEach(() => vi.useRealTimers());

  it('says that it is embedded', async () => {
    const store = new MemorySessionStore({ logger: silentLogger() });
    expect(await store.checkHealth()).toEqual({ status: 'embedded' });
  });

  it('lets go of expired sessions that nobody asks for, then of its timer', async () => {
    vi.useFakeTimers();
    const store = new MemorySessionStore({ logger: silentLogger(), ttlSeconds: 10 });
    await store.setSession('CA1', {});
    await store.setSession('CA2', {}, 3_600);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.size).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(store.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when closed', async () => {
    vi.useFakeTimers();
    const store = new MemorySessionStore({ logger: silentLogger() });
    await store.setSession('CA1', {});
    await store.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

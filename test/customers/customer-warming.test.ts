import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { CustomerLookup } from '../../src/customers/customer-lookup.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import {
  CustomerWarming,
  type CustomerWarmingOptions,
  KEPT_WARM,
} from '../../src/customers/customer-warming.js';
import { MemoryCustomerCache } from '../../src/customers/memory-customer-cache.js';
import { calls } from '../../src/database/call-schema.js';
import { customers } from '../../src/database/schema.js';
import { logSink } from '../support/log-sink.js';
import { emptyTables, lendEmbedded, type TestDatabase } from '../support/test-database.js';

const NOW = new Date('2026-03-31T18:00:00Z');
const DAY_MS = 86_400_000;
const TTL_SECONDS = 300;
const phone = (n: number) => `+1512555${String(n).padStart(4, '0')}`;

describe('the customers who call most', () => {
  let store: TestDatabase;
  let cache: MemoryCustomerCache;
  let lookup: CustomerLookup;
  const sink = logSink('trace');
  const open: CustomerWarming[] = [];
  beforeAll(async () => {
    store = await lendEmbedded();
  });
  afterAll(async () => {
    await Promise.all(open.map((warming) => warming.close()));
    await store.drop();
  });
  beforeEach(async () => {
    await emptyTables(store.database);
    const { database } = store;
    cache = new MemoryCustomerCache({ logger: sink.logger, ttlSeconds: TTL_SECONDS });
    const repository = new CustomerRepository({ database, timezone: () => 'America/Chicago' });
    lookup = new CustomerLookup({
      cache,
      customers: repository,
      metrics: new Metrics(),
      logger: sink.logger,
    });
  });

  const warmingOf = (options: Partial<CustomerWarmingOptions> = {}) => {
    const basics = { database: store.database, cache, lookup, ttlSeconds: TTL_SECONDS, logger: sink.logger };
    const own = { isOpen: () => true, clock: () => NOW, paceMs: 0 };
    const warming = new CustomerWarming({ ...basics, ...own, ...options });
    open.push(warming);
    return warming;
  };
  const addCustomers = (count: number) => {
    const rows = Array.from({ length: count }, (_, n) => ({
      phoneNumber: phone(n),
      firstName: 'Maria',
      lastName: 'Alvarez',
    }));
    return store.database.run((sql) => sql.insert(customers).values(rows));
  };
  let made = 0;
  const call = (callerPhone: string, daysAgo = 1) => {
    const startedAt = new Date(NOW.getTime() - daysAgo * DAY_MS);
    const ended = { startedAt, endedAt: startedAt, durationMs: 1, outcome: 'completed', interruptions: 0 };
    return { callSid: `CA${made++}`, callerPhone, states: [], transcript: [], ...ended };
  };
  const addCalls = (rows: ReturnType<typeof call>[]) =>
    store.database.run((sql) => sql.insert(calls).values(rows));
  const cached = async (n: number) => (await cache.getCachedCustomer(phone(n))) !== null;

  test('are cached, the most frequent 200 of them, and by nothing that is older than 90 days', async () => {
    await addCustomers(KEPT_WARM + 3);
    const twice = Array.from({ length: KEPT_WARM }, (_, n) => [call(phone(n)), call(phone(n), 89)]).flat();
    const old = [91, 92, 93].map((days) => call(phone(KEPT_WARM + 1), days));
    await addCalls([...twice, call(phone(KEPT_WARM)), ...old, call('anonymous'), call('+15125559999')]);
    await warmingOf().warm();
    expect(cache.size).toBe(KEPT_WARM);
    expect([await cached(0), await cached(KEPT_WARM - 1)]).toEqual([true, true]);
    expect([await cached(KEPT_WARM), await cached(KEPT_WARM + 1)]).toEqual([false, false]);
  });

  test('are left alone while the shop is closed, and while they are fresh', async () => {
    await addCustomers(1);
    await addCalls([call(phone(0))]);
    await warmingOf({ isOpen: () => false }).warm();
    expect(cache.size).toBe(0);
    const warming = warmingOf();
    await warming.warm();
    const refresh = vi.spyOn(lookup, 'refresh');
    await warming.warm();
    expect(refresh).not.toHaveBeenCalled();
    // As when Redis came back empty.
    await cache.invalidateCustomerCache(phone(0));
    await warming.warm();
    expect(await cached(0)).toBe(true);
  });

  test('wait until no call looks for its customer', async () => {
    await addCustomers(1);
    await addCalls([call(phone(0))]);
    const busy = { isSearching: true, refresh: vi.fn(async () => undefined) };
    const warming = warmingOf({ lookup: busy });
    const warmed = warming.warm();
    for (let turn = 0; turn < 20; turn++) await new Promise((settle) => setTimeout(settle, 1));
    expect(busy.refresh).not.toHaveBeenCalled();
    busy.isSearching = false;
    await warmed;
    expect(busy.refresh).toHaveBeenCalledTimes(1);
  });

  test('are not 20 a second more: one after the other, with a pause before each', async () => {
    await addCustomers(4);
    await addCalls([0, 1, 2, 3].map((n) => call(phone(n))));
    const startedAt = performance.now();
    await warmingOf({ paceMs: 50 }).warm();
    expect(performance.now() - startedAt).toBeGreaterThan(4 * 49);
  });

  test('are never cached as they were before a write of another gateway', async () => {
    await addCustomers(1);
    const repository = new CustomerRepository({
      database: store.database,
      timezone: () => 'America/Chicago',
    });
    const overtaken = {
      findByPhone: async (number: string) => {
        const before = await repository.findByPhone(number);
        if (before?.first_name === 'Maria') {
          await store.database.run((sql) => sql.update(customers).set({ firstName: 'Ana' }));
          await cache.invalidateCustomerCache(number);
        }
        return before;
      },
    };
    const metrics = new Metrics();
    const slow = new CustomerLookup({ cache, customers: overtaken, metrics, logger: sink.logger });
    await slow.refresh(phone(0));
    expect(await cache.getCachedCustomer(phone(0))).toBeNull();
    await slow.refresh(phone(0));
    expect(await cache.getCachedCustomer(phone(0))).toMatchObject({ first_name: 'Ana' });
  });

  test('end a round at once when the gateway closes, and a database that fails ends it, too', async () => {
    await addCustomers(3);
    await addCalls([0, 1, 2].map((n) => call(phone(n))));
    const warming = warmingOf({ paceMs: 60_000 });
    const warmed = warming.warm();
    await warming.close();
    await warmed;
    expect(cache.size).toBe(0);
    const failing = { isSearching: false, refresh: () => Promise.reject(new Error('away')) };
    await warmingOf({ lookup: failing }).warm();
  });

  test('are in no log', () => {
    expect(sink.text()).not.toMatch(/512555|Maria/);
  });
});

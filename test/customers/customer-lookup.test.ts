import type { Redis } from 'ioredis';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import type { Customer } from '../../src/customers/customer.js';
import { CustomerLookup } from '../../src/customers/customer-lookup.js';
import { MemoryCustomerCache } from '../../src/customers/memory-customer-cache.js';
import { RedisCustomerCache } from '../../src/customers/redis-customer-cache.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const PHONE = '+15125550123';
const customer = (first_name: string): Customer => ({
  id: 7,
  phone_number: PHONE,
  first_name,
  last_name: 'Alvarez',
  email: null,
  vehicles: [{ id: 1, make: 'Kia', model: 'Rio', year: null, vin: null }],
  upcoming_appointments: [],
  last_service_date: null,
});

/** A database of one number whose answers are given when the test says so. */
class SlowCustomers {
  readonly questions: ((answer: Customer | null | Error) => void)[] = [];
  asked = 0;

  findByPhone(): Promise<Customer | null> {
    this.asked++;
    return new Promise((give, fail) => {
      this.questions.push((answer) => (answer instanceof Error ? fail(answer) : give(answer)));
    });
  }

  /** Who stores it looks once more whether it is still so. */
  async found(answer: Customer): Promise<void> {
    await this.answer(answer);
    await this.answer(answer);
  }

  async answer(answer: Customer | null | Error): Promise<void> {
    await expect.poll(() => this.questions.length).toBeGreaterThan(0);
    this.questions.shift()?.(answer);
  }
}

describe('looking up a caller', () => {
  let cache: MemoryCustomerCache;
  let customers: SlowCustomers;
  let metrics: Metrics;
  let lookup: CustomerLookup;
  beforeEach(() => {
    cache = new MemoryCustomerCache({ logger: silentLogger() });
    customers = new SlowCustomers();
    metrics = new Metrics();
    lookup = new CustomerLookup({ cache, customers, metrics, logger: silentLogger(), deadlineMs: 5000 });
  });
  const results = async () => {
    const { values } = await metrics.customerLookups.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
  };

  test('finds the customer in the database once for all who ask, and then in the cache', async () => {
    const both = Promise.all([lookup.byPhone(PHONE), lookup.byPhone('(512) 555-0123')]);
    await customers.found(customer('Maria'));
    expect(await both).toEqual([customer('Maria'), customer('Maria')]);
    expect(await lookup.byPhone(PHONE)).toEqual(customer('Maria'));
    expect(customers.asked).toBe(2);
    expect(await results()).toEqual({ answered: 3 });
  });

  test('asks nobody about a caller without a number', async () => {
    expect(await lookup.byPhone('anonymous')).toBeNull();
    expect(await lookup.byPhone('client:bob')).toBeNull();
    expect(customers.asked).toBe(0);
    expect(await results()).toEqual({ no_number: 2 });
  });

  test('remembers an unknown number until a customer with it is created', async () => {
    const first = lookup.byPhone(PHONE);
    await customers.answer(null);
    expect(await first).toBeNull();
    expect(await lookup.byPhone(PHONE)).toBeNull();
    expect(customers.asked).toBe(1);
    await lookup.forget(PHONE);
    const second = lookup.byPhone(PHONE);
    await customers.found(customer('Maria'));
    expect(await second).toEqual(customer('Maria'));
  });

  test('asks for an unknown number again after 30 s', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = lookup.byPhone(PHONE);
    await customers.answer(null);
    await first;
    vi.advanceTimersByTime(29_999);
    await lookup.byPhone(PHONE);
    expect(customers.asked).toBe(1);
    vi.advanceTimersByTime(1);
    const second = lookup.byPhone(PHONE);
    await customers.found(customer('Maria'));
    expect(await second).toEqual(customer('Maria'));
  });

  test.each([
    ['rubbish', { nonsense: true }],
    ['an entry of another number', { ...customer('Maria'), phone_number: '+15125550199' }],
    ['an entry with wrong types', { ...customer('Maria'), vehicles: [{ id: '1' }] }],
  ])('takes %s in the cache for a miss and replaces it', async (_, entry) => {
    await cache.cacheCustomer(PHONE, entry);
    const found = lookup.byPhone(PHONE);
    await customers.found(customer('Maria'));
    expect(await found).toEqual(customer('Maria'));
    expect(await cache.getCachedCustomer(PHONE)).toMatchObject({
      first_name: 'Maria',
      vehicles: [{ id: 1 }],
    });
  });

  test('gives null when the answer is late, and caches it when it comes', async () => {
    lookup = new CustomerLookup({ cache, customers, metrics, logger: silentLogger(), deadlineMs: 5 });
    expect(await lookup.byPhone(PHONE)).toBeNull();
    expect(await results()).toEqual({ late: 1 });
    await customers.found(customer('Maria'));
    await expect.poll(() => cache.getCachedCustomer(PHONE)).toMatchObject({ first_name: 'Maria' });
  });

  test('gives null when the database fails, and asks again the next time', async () => {
    const failed = lookup.byPhone(PHONE);
    await customers.answer(new Error('out of order'));
    expect(await failed).toBeNull();
    const next = lookup.byPhone(PHONE);
    await customers.found(customer('Maria'));
    expect(await next).toEqual(customer('Maria'));
    expect(await results()).toEqual({ failed: 1, answered: 1 });
  });

  test('never caches a row that a write has overtaken while it was read', async () => {
    const found = lookup.byPhone(PHONE);
    await expect.poll(() => customers.questions.length).toBe(1);
    await lookup.forget(PHONE);
    await customers.answer(customer('Old'));
    await customers.found(customer('New'));
    expect(await found).toEqual(customer('New'));
    expect(await cache.getCachedCustomer(PHONE)).toMatchObject({ first_name: 'New' });
  });

  test('takes back an entry that was being written when a write overtook it', async () => {
    const written: string[] = [];
    const write = cache.cacheCustomer.bind(cache);
    cache.cacheCustomer = async (phone, data) => {
      written.push(String(data.first_name));
      if (written.length === 1) await lookup.forget(PHONE);
      return write(phone, data);
    };
    const found = lookup.byPhone(PHONE);
    await customers.answer(customer('Old'));
    for (let reads = 0; reads < 3; reads++) await customers.answer(customer('New'));
    expect(await found).toEqual(customer('New'));
    expect(written).toEqual(['Old', 'New']);
    expect(await cache.getCachedCustomer(PHONE)).toMatchObject({ first_name: 'New' });
  });

  test('takes an entry back that cannot be compared, because the database has failed meanwhile', async () => {
    const found = lookup.byPhone(PHONE);
    await customers.answer(customer('Maria'));
    await customers.answer(new Error('out of order'));
    expect(await found).toEqual(customer('Maria'));
    expect(await cache.getCachedCustomer(PHONE)).toBeNull();
  });
});

describe.skipIf(!canStartRedis)('the lookups of two gateways that share a Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let customers: SlowCustomers;
  let one: CustomerLookup;
  let other: CustomerLookup;
  const ends: (() => Promise<void>)[] = [];
  const logger = silentLogger();

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = connectTestRedis(server.url);
  });
  beforeEach(async () => {
    await redis.flushall();
    customers = new SlowCustomers();
    [one, other] = [open(), open()];
  });
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const open = () => {
    const client = new RedisClient({ url: server.url, logger, commandTimeoutMs: 2_000 });
    const cache = new RedisCustomerCache({ client, logger });
    ends.push(async () => {
      cache.close();
      await client.close();
    });
    return new CustomerLookup({ cache, customers, metrics: new Metrics(), logger, deadlineMs: 60_000 });
  };
  const entry = () => redis.get(`customer:${PHONE}`);
  const findsAt = async (lookup: CustomerLookup, name: string) => {
    const found = lookup.byPhone(PHONE);
    await customers.found(customer(name));
    expect(await found).toEqual(customer(name));
  };

  test('leave nothing in the cache that a write of the other has overtaken', async () => {
    const overtaken = one.byPhone(PHONE);
    await expect.poll(() => customers.questions.length).toBe(1);
    await other.forget(PHONE);
    await customers.answer(customer('Old'));
    await expect.poll(entry).toContain('Old');
    await customers.answer(customer('New'));
    await overtaken;
    expect(await entry()).toBeNull();
    await findsAt(other, 'New');
    expect(await entry()).toContain('New');
  });

  test('forget as soon as Redis answers what was to be forgotten while it was silent', async () => {
    await findsAt(one, 'Old');
    server.pause();
    try {
      await other.forget(PHONE);
    } finally {
      server.resume();
    }
    await expect.poll(entry).toBeNull();
    await findsAt(one, 'New');
  });
});

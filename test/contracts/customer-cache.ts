import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CustomerCache } from '../../src/customers/customer-cache.js';
import { HOSTILE_VALUES } from '../support/not-json.js';
import { runs } from '../support/property-runs.js';
import { randomPhone } from '../support/test-redis.js';

export interface CustomerCacheSubject {
  readonly cache: CustomerCache;
  /** Called with every number used, when the suite is over. */
  cleanUp(phones: readonly string[]): Promise<void>;
}

const CUSTOMER = {
  id: 7,
  phone_number: '+15550001234',
  first_name: 'Zoë',
  last_name: "O'Neil",
  email: null,
  vehicles: [{ id: 1, make: 'Škoda', model: 'Octavia', year: 2019, vin: null }],
  upcoming_appointments: [],
  last_service_date: null,
};

/** What every customer cache does, whatever holds the customers. */
export function describeCustomerCache(name: string, open: () => Promise<CustomerCacheSubject>): void {
  describe(`${name} as a customer cache`, () => {
    let subject: CustomerCacheSubject;
    let cache: CustomerCache;
    const phones: string[] = [];
    const newPhone = () => {
      const phone = randomPhone();
      phones.push(phone);
      return phone;
    };

    beforeAll(async () => {
      subject = await open();
      cache = subject.cache;
    });
    afterAll(() => subject.cleanUp(phones));

    it('gives back what was cached, and when it was', async () => {
      const phone = newPhone();
      const before = new Date().toISOString();
      expect(await cache.cacheCustomer(phone, { ...CUSTOMER, cached_at: 'never' })).toBe(true);
      const cached = await cache.getCachedCustomer(phone);
      expect(cached).toEqual({ ...CUSTOMER, cached_at: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect(String(cached?.cached_at) >= before).toBe(true);
    });

    it('gives null for a number that is not cached', async () => {
      expect(await cache.getCachedCustomer(newPhone())).toBeNull();
    });

    it('invalidates once', async () => {
      const phone = newPhone();
      await cache.cacheCustomer(phone, CUSTOMER);
      expect(await cache.invalidateCustomerCache(phone)).toBe(true);
      expect(await cache.invalidateCustomerCache(phone)).toBe(false);
      expect(await cache.getCachedCustomer(phone)).toBeNull();
    });

    it('forgets a customer when the time to live is over', async () => {
      const phone = newPhone();
      const until = performance.now() + 200;
      await cache.cacheCustomer(phone, CUSTOMER, 0.2);
      const cached = await cache.getCachedCustomer(phone);
      if (performance.now() < until) expect(cached).not.toBeNull();
      await vi.waitFor(async () => expect(await cache.getCachedCustomer(phone)).toBeNull());
      expect(await cache.invalidateCustomerCache(phone)).toBe(false);
    });

    it('replaces a customer that is cached again', async () => {
      const phone = newPhone();
      await cache.cacheCustomer(phone, CUSTOMER);
      await cache.cacheCustomer(phone, { id: 8 });
      expect(await cache.getCachedCustomer(phone)).toEqual({ id: 8, cached_at: expect.any(String) });
    });

    it('gives back any JSON object as it was', async () => {
      const data = fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), {
        noNullPrototype: true,
        maxKeys: 6,
      });
      await fc.assert(
        fc.asyncProperty(data, async (customer) => {
          const phone = newPhone();
          await cache.cacheCustomer(phone, customer);
          const { cached_at, ...rest } = (await cache.getCachedCustomer(phone)) ?? {};
          const { cached_at: _, ...expected } = JSON.parse(JSON.stringify(customer));
          expect(rest).toEqual(expected);
        }),
        { numRuns: runs(30) },
      );
    });

    it('rejects what could never be stored, and says why', async () => {
      await expect(cache.cacheCustomer('', CUSTOMER)).rejects.toThrow('empty');
      await expect(cache.cacheCustomer(newPhone(), CUSTOMER, -1)).rejects.toThrow('positive');
    });

    it.each(HOSTILE_VALUES)('rejects %s in a customer, and as one', async (_name, make, told) => {
      const [phone, data] = [newPhone(), make()];
      await expect(cache.cacheCustomer(phone, { at: make() })).rejects.toThrow(badRequest(told));
      await expect(Reflect.apply(cache.cacheCustomer, cache, [phone, data])).rejects.toThrow(
        badRequest(/object/),
      );
      expect(await cache.getCachedCustomer(phone)).toBeNull();
    });
  });
}

function badRequest(message: RegExp) {
  return expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringMatching(message) });
}

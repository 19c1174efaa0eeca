import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { MemoryCustomerCache } from '../../src/customers/memory-customer-cache.js';
import { describeCustomerCache } from '../contracts/customer-cache.js';

describeCustomerCache('The in-process cache', async () => ({
  cache: new MemoryCustomerCache({ logger: silentLogger() }),
  cleanUp: async () => {},
}));

describe('The in-process customer cache', () => {
  it('holds no more than its limit: the entry written longest ago goes', async () => {
    const cache = new MemoryCustomerCache({ logger: silentLogger(), maxEntries: 2 });
    await cache.cacheCustomer('+15550000001', { id: 1 });
    await cache.cacheCustomer('+15550000002', { id: 2 });
    await cache.cacheCustomer('+15550000001', { id: 3 });
    await cache.cacheCustomer('+15550000003', { id: 4 });
    expect(cache.size).toBe(2);
    expect(await cache.getCachedCustomer('+15550000002')).toBeNull();
    expect(await cache.getCachedCustomer('+15550000001')).toMatchObject({ id: 3 });
  });
});

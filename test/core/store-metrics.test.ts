import { describe, expect, test } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { COUNTED_TOGETHER } from '../../src/core/store-metrics.js';
import { VERSION } from '../../src/core/version.js';

const CUSTOMERS = /^bayline_cache_requests_total\{cache="customers",result="(\w+)"\} (\d+)$/gm;

describe('the figures of caches and stores', () => {
  test('tell of customers in lots only: no single call moves them', async () => {
    const metrics = new Metrics();
    const told = async () =>
      Object.fromEntries(
        [...(await metrics.text()).matchAll(CUSTOMERS)].map(([, result, n]) => [result, Number(n)]),
      );
    for (let n = 1; n < COUNTED_TOGETHER; n++) metrics.stores.customerAsked(n % 4 === 0 ? 'miss' : 'hit');
    expect(await told()).toEqual({});
    metrics.stores.customerAsked('hit');
    expect(await told()).toEqual({ hit: COUNTED_TOGETHER - 24, miss: 24 });
    metrics.stores.customerAsked('miss');
    expect(await told()).toEqual({ hit: COUNTED_TOGETHER - 24, miss: 24 });
  });

  test('are told to the API: how often each cache knew, which operations were slow, and nothing of a Redis that was not asked', async () => {
    const { stores } = new Metrics();
    const nothing = { memory_bytes: null, memory_limit_bytes: null, caches: [], slow_operations: [] };
    expect(await stores.figures()).toEqual(nothing);
    stores.cacheRequests.inc({ cache: 'shop', result: 'hit' }, 3);
    stores.cacheRequests.inc({ cache: 'shop', result: 'miss' });
    stores.slowOperations.inc({ operation: 'get' });
    stores.slowOperations.inc({ operation: 'select' }, 2);
    stores.redisMemory.set(1000);
    stores.redisMemoryLimit.set(0);
    expect(await stores.figures()).toEqual({
      memory_bytes: 1000,
      memory_limit_bytes: 0,
      caches: [{ cache: 'shop', hits: 3, misses: 1 }],
      slow_operations: [
        { operation: 'select', count: 2 },
        { operation: 'get', count: 1 },
      ],
    });
  });

  test('tell which version this is, and nothing of a Redis that was not asked', async () => {
    const text = await new Metrics().text();
    expect(text).toContain(`bayline_build_info{version="${VERSION}",node="${process.version}"} 1`);
    expect(text).not.toMatch(/^bayline_redis_memory/m);
  });
});

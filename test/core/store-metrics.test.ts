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

  test('tell which version this is, and nothing of a Redis that was not asked', async () => {
    const text = await new Metrics().text();
    expect(text).toContain(`bayline_build_info{version="${VERSION}",node="${process.version}"} 1`);
    expect(text).not.toMatch(/^bayline_redis_memory/m);
  });
});

import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { Metrics } from '../../../src/core/metrics.js';
import { redisRoutes } from '../../../src/server/routes/redis.js';
import type { StoreHealth } from '../../../src/sessions/session-store.js';

test.each<[StoreHealth, object]>([
  [
    { status: 'up', latencyMs: 2 },
    { redis: 'up', latency_ms: 2, error: null },
  ],
  [
    { status: 'down', error: 'Redis does not answer.' },
    { redis: 'down', latency_ms: null, error: 'Redis does not answer.' },
  ],
  [{ status: 'embedded' }, { redis: 'not configured', latency_ms: null, error: null }],
])('the front desk is told how Redis is: %o', async (health, told) => {
  const store = { checkHealth: async () => health };
  const { body } = await request(express().use(redisRoutes({ store, metrics: new Metrics().stores }))).get(
    '/api/redis',
  );
  expect(body).toMatchObject({ ...told, memory_bytes: null, caches: [], slow_operations: [] });
});

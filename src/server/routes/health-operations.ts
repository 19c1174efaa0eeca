import { z } from 'zod';
import { Count, Milliseconds } from './answer-fields.js';
import { operation } from './operation.js';

const tag = 'Health';

/** What tells of the gateway that answers. */
export const HEALTH = {
  alive: operation({
    method: 'get',
    path: '/health',
    id: 'isAlive',
    tag,
    summary: 'The process is alive',
    answer: z.object({
      status: z.literal('ok'),
      uptime_seconds: Count,
      live_calls: Count.describe('of this gateway'),
    }),
    example: {},
  }),
  redis: operation({
    method: 'get',
    path: '/health/redis',
    id: 'isRedisUp',
    tag,
    summary: 'Whether Redis answers, or that there is none',
    answer: z.object({
      status: z.literal('ok'),
      redis: z.enum(['up', 'not configured']),
      latency_ms: Milliseconds.optional(),
      store: z.literal('memory').optional().describe('without Redis'),
    }),
    errors: { 503: 'Redis does not answer.' },
    errorAnswer: z.object({ status: z.literal('unavailable'), redis: z.literal('down'), error: z.string() }),
    example: {},
  }),
  ready: operation({
    method: 'get',
    path: '/health/ready',
    id: 'isReady',
    tag,
    summary: 'Whether it takes calls; what a balancer asks',
    details: 'Without Redis or the database calls are still answered: the gateway is degraded, but ready.',
    answer: z.object({
      status: z.enum(['ok', 'degraded']),
      missing: z.array(z.enum(['redis', 'database'])).optional(),
    }),
    errors: { 503: 'It is starting or draining.' },
    errorAnswer: z.object({ status: z.enum(['starting', 'draining']) }),
    example: {},
  }),
  metrics: operation({
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    tag,
    summary: "Metrics in Prometheus' text format",
    answerType: 'text/plain',
    example: {},
  }),
};

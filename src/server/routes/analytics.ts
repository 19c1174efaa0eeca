import { Router } from 'express';
import { z } from 'zod';
import type { CallFigures, FiguresQuery } from '../../call-log/call-figures.js';
import { Count } from '../../core/fields.js';
import { operation, serve } from './operation.js';

const day = z
  .string({ error: 'must be a day, like 2026-11-24' })
  .regex(/^\d{4}-\d\d-\d\d$/, { error: 'must be a day, like 2026-11-24' });

const AnalyticsQuery = z.object({
  from: day
    .optional()
    .describe("the first day, like 2026-11-24, in the shop's zone; absent: 29 days before the last"),
  to: day.optional().describe('the last day, included; absent: today. At most 1,096 days together'),
  test: z
    .enum(['0', '1'], { error: 'must be 0 or 1' })
    .default('0')
    .describe('1: calls that were made to try the line count, too'),
});

const share = z.number().min(0).max(1).nullable();
const ms = z.int().min(0).nullable();
const waited = z.object({
  p50: ms.describe('half of the calls waited no longer'),
  p95: ms.describe('95 of 100 calls waited no longer'),
});

/** As {@link CallFigures}. */
export const AnalyticsAnswer = z
  .object({
    from: day.describe('the first day'),
    to: day.describe('the last day, included'),
    timezone: z.string().describe('of the days and hours'),
    calls: Count.describe('how many calls began on these days'),
    by_day: z
      .array(z.object({ day, calls: Count }))
      .describe('every day of the period, also those without calls'),
    by_hour: z
      .array(z.object({ hour: z.int().min(0).max(23), calls: Count }))
      .describe('all 24 hours of the day; one that the clock shows twice is one'),
    duration_ms: z
      .object({ mean: ms, median: ms, p90: ms.describe('90 of 100 calls took no longer') })
      .describe('null without calls'),
    outcomes: z.record(z.string(), Count).describe('calls by outcome'),
    booked_share: share.describe('calls with the outcome `booked`, by all; null without calls'),
    transitions: z
      .array(z.object({ from: z.string(), to: z.string(), count: Count }))
      .describe('how often calls went on from one state to another, the most frequent first'),
    drop_off: z
      .array(
        z.object({
          state: z.string(),
          reached: Count.describe('calls that came to this state'),
          calls: Count.describe('calls that ended in it as `hung_up`, `abandoned` or `failed`'),
          share: z.number().min(0).max(1).describe('these by those that came to it'),
        }),
      )
      .describe('every state that a call came to'),
    after_hours_share: share.describe('calls that began while the shop was closed, by all'),
    interruptions: z.object({
      total: Count,
      per_call: z.number().min(0).nullable().describe('null without calls'),
    }),
    transfers: z.object({
      asked: Count.describe('calls whose caller asked for a person or was put through to one'),
      answered: Count.describe('those in which a person answered'),
    }),
    latency: z
      .object({
        greeting_ms: waited,
        response_ms: waited,
        interruption_ms: waited,
        model_ms: waited,
        mark_lag_ms: waited,
      })
      .describe('over calls, each with the median of its delays; null where nothing was measured'),
    by_agent: z
      .array(
        z.object({
          agent: z.string().nullable().describe('as in the calls; null: nobody had them, or it is not known'),
          calls: Count,
          booked_share: share,
        }),
      )
      .describe('the busiest agent first'),
  })
  .meta({ id: 'Analytics', description: 'What the calls of some days come to.' });

export const ANALYTICS = {
  get: operation({
    method: 'get',
    path: '/api/analytics',
    id: 'getAnalytics',
    tag: 'Calls',
    summary: 'What the calls of some days come to',
    details: 'Days and hours are by the clock of the shop. Without `from` and `to` it is the last 30 days.',
    query: AnalyticsQuery,
    answer: AnalyticsAnswer,
    example: { query: { from: '2026-11-01', to: '2026-11-30' } },
  }),
};

/** What the calls of some days come to. */
export function analyticsRoutes(
  readFigures: (query: FiguresQuery) => Promise<CallFigures>,
  timezone: () => string,
): Router {
  const router = Router();
  serve(router, ANALYTICS.get, ({ query: { from, to, test } }) =>
    readFigures({ from, to, timezone: timezone(), withTests: test === '1' }),
  );
  return router;
}

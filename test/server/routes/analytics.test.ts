import express from 'express';
import request from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { figureReader } from '../../../src/call-log/call-figures.js';
import { silentLogger } from '../../../src/core/logger.js';
import { errorHandler } from '../../../src/server/middleware/error-handler.js';
import { AnalyticsAnswer, analyticsRoutes } from '../../../src/server/routes/analytics.js';
import { lendEmbedded } from '../../support/test-database.js';

describe('GET /api/analytics', async () => {
  const { database, drop } = await lendEmbedded();
  afterAll(drop);
  const clock = () => new Date('2026-03-31T18:00:00Z');
  const figures = figureReader(database, clock);
  const app = express().use(
    analyticsRoutes(figures, () => 'Asia/Kathmandu'),
    errorHandler(silentLogger()),
  );

  test('answers an empty shop with zeros and nulls, in the form that is documented', async () => {
    const { body } = await request(app).get('/api/analytics').expect(200);
    expect(AnalyticsAnswer.strict().parse(body)).toEqual(body);
    expect(body).toMatchObject({ from: '2026-03-02', to: '2026-03-31', calls: 0, booked_share: null });
  });

  test('names every field of the query that is wrong', async () => {
    const { body } = await request(app).get('/api/analytics?from=yesterday&to=1&test=yes').expect(400);
    expect(body.error).toBe(
      'from must be a day, like 2026-11-24; to must be a day, like 2026-11-24; test must be 0 or 1.',
    );
    await request(app).get('/api/analytics?from=2026-02-29').expect(400);
    await request(app).get('/api/analytics?from=2026-01-01&from=2026-01-02').expect(400);
    await request(app).get('/api/analytics?to=2026-03-31&from=2026-04-01').expect(400);
  });
});

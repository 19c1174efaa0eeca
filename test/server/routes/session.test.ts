import type express from 'express';
import { Router } from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/core/metrics.js';
import { createApp } from '../../../src/server/app.js';
import { DeskSessions } from '../../../src/server/desk-sessions.js';
import { AdminGuard } from '../../../src/server/middleware/require-admin.js';
import { sessionRoutes } from '../../../src/server/routes/session.js';
import { SignedInStreams } from '../../../src/server/signed-in-streams.js';
import { FOREIGN_PAGES } from '../../support/foreign-requests.js';
import { logSink } from '../../support/log-sink.js';

const TOKEN = 'let-me-in-please';
const PUBLIC = 'https://voice.example.com';

function gatewayWith(token: string | undefined, publicUrl = 'http://localhost:3000') {
  const log = logSink();
  const origin = () => publicUrl;
  const sessions = new DeskSessions(token);
  const guard = new AdminGuard({ token, sessions, origin, metrics: new Metrics(), logger: log.logger });
  const data = Router().all('/api/customers', (_request, response) => void response.json({ customers: [] }));
  const app = createApp({
    logger: log.logger,
    origin,
    signIn: sessionRoutes({
      guard,
      sessions,
      streams: new SignedInStreams(sessions),
      isRequired: token !== undefined,
      origin,
    }),
    admin: guard.desk,
    uploads: Router(),
    routers: [data],
  });
  return { app, log };
}

const signIn = (app: express.Express, body: object) => request(app).post('/api/session').send(body);
const cookieOf = (headers: Record<string, string>) => String(headers['set-cookie']);

describe('signing in at the front desk', () => {
  it('gives a cookie that opens the API at every gateway of the shop, until it signs out', async () => {
    const browser = request.agent(gatewayWith(TOKEN).app);
    expect((await browser.get('/api/session').expect(200)).body).toEqual({
      signed_in: false,
      required: true,
      name: null,
      expires_at: null,
    });
    await browser.get('/api/customers').expect(401);
    const { body, headers } = await browser
      .post('/api/session')
      .send({ token: TOKEN, name: ' Ada ' })
      .expect(200);
    expect(body).toMatchObject({ signed_in: true, required: true, name: 'Ada' });
    expect(Date.parse(body.expires_at) - Date.now()).toBeGreaterThan(12 * 3_600_000 - 60_000);
    expect(cookieOf(headers)).toMatch(/; Max-Age=43200; Path=\/; .*HttpOnly; SameSite=Strict$/);
    expect((await browser.get('/api/session')).body).toEqual(body);
    await browser.get('/api/customers').expect(200);
    const [pair = ''] = cookieOf(headers).split(';');
    await request(gatewayWith(TOKEN).app).get('/api/customers').set('Cookie', pair).expect(200);
    const session = await browser.delete('/api/session').expect(204);
    expect(cookieOf(session.headers)).toContain('bayline_desk=; Path=/; Expires=Thu, 01 Jan 1970');
    await browser.get('/api/customers').expect(401);
  });

  it('sends the cookie over TLS alone where the page is open with TLS', async () => {
    const { app } = gatewayWith(TOKEN, PUBLIC);
    const ask = async (name: string, value: string) =>
      cookieOf((await signIn(app, { token: TOKEN }).set(name, value).expect(200)).headers);
    expect(await ask('Host', 'voice.example.com')).toContain('; Secure');
    expect(await ask('X-Forwarded-For', '203.0.113.7')).toContain('; Secure');
    expect(await ask('Host', '127.0.0.1:3000')).not.toContain('Secure');
  });

  it('is slowed down for wrong tokens, which are told and not logged', async () => {
    const { app, log } = gatewayWith(TOKEN);
    for (let n = 0; n < 10; n += 1) {
      const { body, headers } = await signIn(app, { token: `guess-number-${n}` }).expect(401);
      expect([body, headers['set-cookie']]).toEqual([{ error: 'This is not the ADMIN_TOKEN.' }, undefined]);
    }
    const { headers, body } = await signIn(app, { token: TOKEN }).expect(429);
    expect(headers['retry-after']).toBe('60');
    expect(body.error).toContain('Too many wrong tokens');
    expect(log.text()).not.toMatch(/guess-number|let-me-in/);
  });

  it.each([{}, { token: '' }, { token: 1 }, { token: TOKEN, name: '' }, { token: TOKEN, more: 1 }])(
    'takes no %j',
    async (body) => {
      await signIn(gatewayWith(TOKEN).app, body).expect(400);
    },
  );

  it.each(FOREIGN_PAGES)('is done by no page with %s: %s, nor is signing out', async (name, value) => {
    const { app } = gatewayWith(TOKEN);
    const answers = [
      await signIn(app, { token: TOKEN }).set(name, value).expect(403),
      await request(app).delete('/api/session').set(name, value).expect(403),
    ];
    for (const { headers } of answers) expect(headers).not.toHaveProperty('set-cookie');
  });

  it('is no form of a page elsewhere', async () => {
    await request(gatewayWith(TOKEN).app)
      .post('/api/session')
      .type('form')
      .send({ token: TOKEN })
      .expect(415);
  });
});

describe('without an admin token', () => {
  it('there is nothing to sign in to on this machine', async () => {
    const { app } = gatewayWith(undefined);
    const nothing = { signed_in: true, required: false, name: null, expires_at: null };
    expect((await request(app).get('/api/session').expect(200)).body).toEqual(nothing);
    const { body, headers } = await signIn(app, { token: 'anything' }).expect(200);
    expect([body, headers['set-cookie']]).toEqual([nothing, undefined]);
  });

  it('whoever asks from elsewhere is told why', async () => {
    const asked = request(gatewayWith(undefined).app)
      .get('/api/session')
      .set('X-Forwarded-For', '203.0.113.7');
    expect((await asked.expect(401)).body.error).toContain('Set ADMIN_TOKEN');
  });
});

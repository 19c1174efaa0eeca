import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { requireAdmin } from '../../../src/server/middleware/require-admin.js';

const TOKEN = 'let-me-in-please';

function appWith(adminToken: string | undefined, origin = 'http://localhost:3000') {
  const app = express();
  app.get(
    '/api/customers',
    requireAdmin(adminToken, () => origin),
    (_request, response) => {
      response.json({ customers: [] });
    },
  );
  return app;
}

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('with an admin token', () => {
  const ask = (authorization?: string) => {
    const sending = request(appWith(TOKEN)).get('/api/customers');
    return authorization === undefined ? sending : sending.set('Authorization', authorization);
  };

  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, basic(`anyone:${TOKEN}`), basic(`:${TOKEN}`)])(
    '%s gets in',
    async (authorization) => {
      await ask(authorization).expect(200);
    },
  );

  it.each([
    undefined,
    '',
    TOKEN,
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer  ${TOKEN}`,
    `Digest ${TOKEN}`,
    basic(`${TOKEN}:`),
    basic(`anyone:${TOKEN}x`),
    'Basic %%%',
  ])('%j is answered 401, also from this machine', async (authorization) => {
    const response = await ask(authorization).expect(401);
    expect(response.body).toEqual({ error: 'Give the ADMIN_TOKEN as a bearer token.' });
    expect(response.headers['www-authenticate']).toContain('Bearer');
  });

  it('a forwarded request gets in with it', async () => {
    const app = appWith(TOKEN, 'https://voice.example.com');
    const sending = request(app).get('/api/customers').set('X-Forwarded-For', '203.0.113.7');
    await sending.set('Authorization', `Bearer ${TOKEN}`).expect(200);
  });
});

describe('without an admin token', () => {
  it('this machine gets in while the public address is local', async () => {
    await request(appWith(undefined)).get('/api/customers').expect(200);
    await request(appWith(undefined)).get('/api/customers').set('Host', '[::1]:3000').expect(200);
  });

  it.each(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'Via'])(
    'a request with %s is answered 401: a tunnel must not publish the customers',
    async (header) => {
      const sending = request(appWith(undefined)).get('/api/customers').set(header, '127.0.0.1');
      const response = await sending.expect(401);
      expect(response.body.error).toContain('ADMIN_TOKEN');
    },
  );

  it.each([
    'voice.example.com',
    'localhost.example.com',
    'rebind.example.com:3000',
    'a b',
    '[',
    '127.0.0.1@evil.example.com:x',
  ])(
    'a request to the host %j is answered 401: no page elsewhere may reach it by a name of its own',
    async (host) => {
      await request(appWith(undefined)).get('/api/customers').set('Host', host).expect(401);
    },
  );

  it('nobody gets in once the public address is not local', async () => {
    await request(appWith(undefined, 'https://voice.example.com')).get('/api/customers').expect(401);
  });
});

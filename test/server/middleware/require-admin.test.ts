import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/core/metrics.js';
import { DESK_COOKIE, DeskSessions } from '../../../src/server/desk-sessions.js';
import { AdminGuard } from '../../../src/server/middleware/require-admin.js';
import { WrongTokens } from '../../../src/server/wrong-tokens.js';
import {
  FOREIGN_HOSTS,
  FOREIGN_PAGES,
  FORWARDING_HEADERS,
  LOCAL_HOSTS,
} from '../../support/foreign-requests.js';
import { logSink } from '../../support/log-sink.js';

const TOKEN = 'let-me-in-please';
const PUBLIC = 'https://voice.example.com';

function setUp(token: string | undefined, origin = 'http://localhost:3000') {
  const metrics = new Metrics();
  const log = logSink();
  const clock = { now: 1_000 };
  const wrongTokens = new WrongTokens(() => clock.now);
  const sessions = new DeskSessions(token, () => clock.now);
  const guard = new AdminGuard({
    token,
    sessions,
    origin: () => origin,
    metrics,
    logger: log.logger,
    wrongTokens,
  });
  const app = express();
  app.use('/api', guard.desk, (_request, response) => void response.json({ customers: [] }));
  app.get('/', guard.page, (_request, response) => void response.send('page'));
  app.get('/metrics', guard.figures, (_request, response) => void response.send('figures'));
  const refusals = async () => {
    const { values } = await metrics.adminRefusals.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]));
  };
  const cookie = `${DESK_COOKIE}=${sessions.open(null).cookie}`;
  return { app, log, clock, refusals, cookie };
}

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('with an admin token', () => {
  const ask = (authorization?: string, { app } = setUp(TOKEN)) => {
    const sending = request(app).get('/api/customers');
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
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer  ${TOKEN}`,
    `Bearer ${TOKEN} more`,
    `Digest ${TOKEN}`,
    basic(`${TOKEN}:`),
    basic(`anyone:${TOKEN}x`),
    basic(`anyone: ${TOKEN}`),
    'Basic %%%',
  ])('%j is answered 401, also from this machine', async (authorization) => {
    const response = await ask(authorization).expect(401);
    expect(response.body).toEqual({ error: 'Give the ADMIN_TOKEN as a bearer token.' });
    expect(response.headers['www-authenticate']).toContain('Bearer');
  });

  it.each([
    'schlüssel-für-vorn',
    'señor-piñata-ñandú',
    'ключ-от-мастерской',
    '鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵',
  ])('a token that is not ASCII gets in as a browser and as curl send it: %s', async (token) => {
    const { app } = setUp(token);
    const bearer = `Bearer ${Buffer.from(token).toString('latin1')}`;
    const decomposed = basic(`anyone:${token.normalize('NFD')}`);
    for (const authorization of [bearer, basic(`anyone:${token}`), decomposed])
      await request(app).get('/api/x').set('Authorization', authorization).expect(200);
    await request(app).get('/api/x').set('Authorization', `${bearer}x`).expect(401);
  });

  it('a forwarded request gets in with it', async () => {
    const { app } = setUp(TOKEN, PUBLIC);
    const sending = request(app).get('/api/customers').set('X-Forwarded-For', '203.0.113.7');
    await sending.set('Authorization', `Bearer ${TOKEN}`).expect(200);
  });

  const authorized = (method: 'get' | 'post' | 'patch' | 'delete') =>
    request(setUp(TOKEN, PUBLIC).app)[method]('/api/customers').set('Authorization', `Bearer ${TOKEN}`);

  it.each([...LOCAL_HOSTS, 'voice.example.com', 'VOICE.example.com:443', 'voice.example.com:8443'])(
    'the host %s is the gateway',
    async (host) => {
      await authorized('get').set('Host', host).expect(200);
    },
  );

  it.each(FOREIGN_HOSTS.filter((host) => host !== 'voice.example.com'))(
    'a request to the host %j is refused, whatever it knows',
    async (host) => {
      const { body } = await authorized('get').set('Host', host).expect(403);
      expect(body.error).toContain('PUBLIC_URL');
    },
  );

  it.each(FOREIGN_PAGES)('a page with %s: %s sees and changes nothing', async (name, value) => {
    for (const method of ['get', 'post', 'patch', 'delete'] as const)
      await authorized(method).set(name, value).expect(403);
  });

  it.each([
    ['Origin', PUBLIC],
    ['Sec-Fetch-Site', 'same-origin'],
  ])('the own page, with %s: %s, may', async (name, value) => {
    await authorized('post').set(name, value).expect(200);
  });
});

describe('who has signed in', () => {
  it('gets in with the cookie, beside other cookies, and to the figures as well', async () => {
    const { app, cookie } = setUp(TOKEN, PUBLIC);
    await request(app).get('/api/customers').set('Cookie', `theme=dark; ${cookie}`).expect(200);
    await request(app).get('/metrics').set('Host', 'voice.example.com').set('Cookie', cookie).expect(200);
  });

  it.each([
    ['Origin', PUBLIC],
    ['Sec-Fetch-Site', 'same-origin'],
  ])(
    'changes something with %s: %s, and nothing where the browser does not say who asks',
    async (name, value) => {
      const { app, cookie } = setUp(TOKEN, PUBLIC);
      for (const method of ['post', 'patch', 'delete'] as const) {
        const write = () => request(app)[method]('/api/customers').set('Cookie', cookie);
        await write().set(name, value).expect(200);
        await write().expect(403);
      }
    },
  );

  it.each(FOREIGN_PAGES)('lends the cookie to no page with %s: %s', async (name, value) => {
    const { app, cookie } = setUp(TOKEN, PUBLIC);
    for (const method of ['get', 'post'] as const)
      await request(app)[method]('/api/live').set('Cookie', cookie).set(name, value).expect(403);
  });

  it('is told to sign in again after twelve hours, and where the token is another', async () => {
    const { app, cookie, clock } = setUp(TOKEN);
    const ask = (asked: express.Express) => request(asked).get('/api/x').set('Cookie', cookie);
    await ask(setUp(`${TOKEN}-of-today`).app).expect(401);
    clock.now += 12 * 3_600_000 - 1;
    await ask(app).expect(200);
    clock.now += 1;
    await ask(app).expect(401);
  });

  it('is not held up by wrong tokens of others, and no made-up cookie is a guess', async () => {
    const { app, cookie } = setUp(TOKEN);
    const forged = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (let n = 0; n < 12; n += 1) await request(app).get('/api/x').set('Cookie', forged).expect(401);
    for (let n = 0; n < 11; n += 1) await request(app).get('/api/x').set('Authorization', 'Bearer wrong');
    await request(app).get('/api/x').set('Cookie', cookie).expect(200);
  });
});

describe('who guesses the admin token', () => {
  const guess = (app: express.Express, n = 0) =>
    request(app).get('/api/customers').set('Authorization', `Bearer guess-number-${n}-of-many`);

  it('is told to wait after ten wrong ones in a minute, and so is who then has the right one', async () => {
    const { app, clock, refusals } = setUp(TOKEN);
    for (let n = 0; n < 10; n += 1) await guess(app, n).expect(401);
    const { headers, body } = await guess(app).expect(429);
    expect(headers['retry-after']).toBe('60');
    expect(body).toEqual({ error: 'Too many wrong tokens. Try again in 60 s.' });
    const right = () => request(app).get('/api/x').set('Authorization', `Bearer ${TOKEN}`);
    await right().expect(429);
    expect(await refusals()).toEqual({ wrong_token: 10, too_many: 2 });
    clock.now += 60_000;
    await right().expect(200);
  });

  it('is not helped by made-up addresses, other schemes and other paths', async () => {
    const { app } = setUp(TOKEN);
    for (let n = 0; n < 4; n += 1) await guess(app, n).set('X-Forwarded-For', `198.51.100.${n}`).expect(401);
    for (let n = 0; n < 3; n += 1)
      await request(app)
        .get('/api/x')
        .set('Authorization', basic(`a:guess-${n}`))
        .expect(401);
    for (let n = 0; n < 3; n += 1) await guess(app, n).set('Forwarded', `for=198.51.100.${n}`).expect(401);
    await guess(app).set('X-Forwarded-For', '198.51.100.99').expect(429);
    const figures = request(app).get('/metrics').set('X-Forwarded-For', '192.0.2.1');
    await figures.set('Authorization', `Bearer ${TOKEN}x`).expect(429);
  });

  it('does not lock out the shop that has signed in through the same proxy', async () => {
    const { app } = setUp(TOKEN, PUBLIC);
    const shop = () =>
      request(app)
        .get('/api/x')
        .set('X-Forwarded-For', '1.1.1.1, 192.0.2.7')
        .set('Authorization', `Bearer ${TOKEN}`);
    await shop().expect(200);
    for (let n = 0; n < 10; n += 1) await guess(app, n).set('X-Forwarded-For', '203.0.113.9').expect(401);
    await guess(app).set('X-Forwarded-For', '203.0.113.9').expect(429);
    await shop().expect(200);
    // Nor is it an address to guess from.
    await guess(app).set('X-Forwarded-For', '192.0.2.7').expect(429);
  });

  it('is not who has given none: a browser asks without one first, and asks for a password only where an address was opened', async () => {
    const { app, log } = setUp(TOKEN);
    const challenge = async (accept: string) =>
      (await request(app).get('/api/x').set('Accept', accept).expect(401)).headers['www-authenticate'];
    expect(await challenge('text/html,*/*;q=0.8')).toContain('Basic');
    for (const accept of ['*/*', 'application/json', 'text/event-stream'])
      expect(await challenge(accept)).not.toContain('Basic');
    for (let n = 0; n < 20; n += 1) await request(app).get('/api/x').expect(401);
    await guess(app).expect(401);
    expect(log.lines().filter(({ reason }) => reason === 'no_token')).toEqual([]);
  });

  it('leaves sampled lines with the peer and without the token', async () => {
    const { app, log } = setUp(TOKEN);
    for (let n = 0; n < 30; n += 1) await guess(app, n).set('X-Forwarded-For', '203.0.113.9');
    const lines = log.lines().filter(({ msg }) => msg === 'The admin side refused a request');
    expect(lines.length).toBeGreaterThanOrEqual(11);
    expect(lines[0]).toMatchObject({ level: 'warn', reason: 'wrong_token', client: '203.0.113.9' });
    expect(lines[0]).toHaveProperty('peer', expect.stringContaining('127.0.0.1'));
    expect(log.text()).not.toContain('guess-number');
  });
});

describe('without an admin token', () => {
  it.each(LOCAL_HOSTS)('this machine gets in by the name %s', async (host) => {
    await request(setUp(undefined).app).get('/api/customers').set('Host', host).expect(200);
  });

  it.each(FORWARDING_HEADERS)(
    'a request with %s is answered 401: a tunnel must not publish the customers',
    async (header) => {
      const { app, refusals, log } = setUp(undefined);
      const { body } = await request(app).get('/api/customers').set(header, '127.0.0.1').expect(401);
      expect(body.error).toContain('Set ADMIN_TOKEN');
      expect(await refusals()).toEqual({ forwarded: 1 });
      expect(log.lines()[0]).toMatchObject({ reason: 'forwarded', why: body.error });
    },
  );

  it.each(FOREIGN_HOSTS)(
    'a request to the host %j is answered 401: no page elsewhere may reach it by a name of its own',
    async (host) => {
      await request(setUp(undefined).app).get('/api/customers').set('Host', host).expect(401);
    },
  );

  it.each(FOREIGN_PAGES)('a page with %s: %s sees and changes nothing', async (name, value) => {
    const { app } = setUp(undefined);
    await request(app).get('/api/customers').set(name, value).expect(401);
    await request(app).post('/api/customers').set(name, value).expect(401);
  });

  it('nobody gets in once the public address is not local', async () => {
    await request(setUp(undefined, PUBLIC).app).get('/api/customers').expect(401);
  });
});

describe('the page', () => {
  const open = (token: string | undefined, headers: Record<string, string> = {}) =>
    request(setUp(token).app).get('/').set('Accept', 'text/html').set(headers);

  it.each([undefined, TOKEN])(
    'is there for this machine, also by a link on a page elsewhere (token: %s)',
    async (token) => {
      await open(token).expect(200);
      await open(token, { 'Sec-Fetch-Site': 'cross-site' }).expect(200);
    },
  );

  it.each(FOREIGN_HOSTS)('is not there for the host %j', async (host) => {
    await open(TOKEN, { Host: host }).expect(403);
    await open(undefined, { Host: host }).expect(401);
  });

  it('comes through a proxy only where there is a token, and asks for no password where there is none', async () => {
    const forwarded = { 'X-Forwarded-For': '203.0.113.9' };
    await open(TOKEN, forwarded).expect(200);
    const { body, headers } = await open(undefined, forwarded).expect(401);
    expect(body.error).toContain('Set ADMIN_TOKEN');
    expect(headers['www-authenticate']).not.toContain('Basic');
  });
});

describe('the figures', () => {
  it.each(FORWARDING_HEADERS)('are shown with %s only for the token', async (header) => {
    for (const token of [TOKEN, undefined])
      await request(setUp(token).app).get('/metrics').set(header, '192.0.2.1').expect(401);
    const asked = request(setUp(TOKEN).app).get('/metrics').set(header, '192.0.2.1');
    await asked.set('Authorization', `Bearer ${TOKEN}`).expect(200);
  });

  it.each(['127.0.0.1:3000', 'gateway:3000', '10.0.0.5:3000'])(
    'are shown to who asks the port itself as %s',
    async (host) => {
      for (const token of [TOKEN, undefined])
        await request(setUp(token, PUBLIC).app).get('/metrics').set('Host', host).expect(200);
    },
  );

  it('asked for by the public name are asked for from outside, even behind a proxy that adds nothing', async () => {
    await request(setUp(TOKEN, PUBLIC).app).get('/metrics').set('Host', 'voice.example.com').expect(401);
  });
});

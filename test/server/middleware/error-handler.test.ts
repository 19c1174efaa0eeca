import express from 'express';
import request from 'supertest';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ErrorCode, GatewayError } from '../../../src/core/errors.js';
import { createLogger } from '../../../src/core/logger.js';
import { formParser } from '../../../src/server/app.js';
import { errorHandler, notFound } from '../../../src/server/middleware/error-handler.js';

function setUp(thrown: unknown = new Error('unused')) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const app = express();
  app.use('/api/json', express.json({ limit: 100 }), (_request, response) => response.sendStatus(204));
  app.use('/twilio/form', formParser(), (_request, response) => response.sendStatus(204));
  app.get('/late', (_request, response) => {
    response.write('half');
    throw thrown;
  });
  app.get(['/page', '/api/thing'], async () => {
    throw thrown;
  });
  app.use(notFound);
  app.use(errorHandler(logger));
  return { app, lines };
}

const SORRY = 'Something went wrong here. It has been logged.';
const AGAIN = 'This cannot be reached right now. Please try again in a moment.';

describe('an error in a route', () => {
  it.each<[ErrorCode, number, string]>([
    ['BAD_REQUEST', 400, 'What happened.'],
    ['NOT_FOUND', 404, 'What happened.'],
    ['CONFLICT', 409, 'What happened.'],
    ['UNAVAILABLE', 503, AGAIN],
    ['DEADLINE', 503, AGAIN],
    ['BAD_CONFIG', 500, SORRY],
    ['BAD_MESSAGE', 500, SORRY],
    ['SPEECH_FAILED', 500, SORRY],
  ])('%s becomes %i, as JSON under /api and as text elsewhere', async (code, status, sentence) => {
    const { app } = setUp(new GatewayError(code, 'What happened.'));
    const api = await request(app)
      .get('/api/thing')
      .expect(status)
      .expect('Content-Type', /^application\/json/);
    expect(api.body).toEqual({ error: sentence });
    const page = await request(app)
      .get('/page')
      .expect(status)
      .expect('Content-Type', /^text\/plain/);
    expect(page.text).toBe(`${sentence}\n`);
  });

  it.each([
    new TypeError('secret of ours'),
    'secret of ours',
    null,
    { status: 200 },
    Object.assign(new Error('x'), { status: 999 }),
  ])('that nobody foresaw becomes 500 and shows nothing of itself: %s', async (thrown) => {
    const { app, lines } = setUp(thrown ?? 'null');
    const response = await request(app).get('/page').expect(500);
    expect(response.text).toBe(`${SORRY}\n`);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', path: '/page' });
  });

  it('is logged only when it is our fault', async () => {
    const { app, lines } = setUp(new GatewayError('BAD_REQUEST', 'What happened.'));
    await request(app).get('/page').expect(400);
    expect(lines).toEqual([]);
  });

  it.each([
    ['/twilio/form', `a=${'x'.repeat(65 * 1024)}`, 413, 'The request is too large.'],
    ['/twilio/form', `${'a=1&'.repeat(300)}`, 413, 'The request has too many parameters.'],
    ['/twilio/nothing', 'a=1', 404, 'There is nothing at this address.'],
    ['/Twilio', 'a=1', 404, 'There is nothing at this address.'],
  ])('of a webhook leaves a line that says why: %s', async (path, body, status, reason) => {
    const { app, lines } = setUp();
    await request(app).post(path).type('form').send(body).expect(status);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', path, status, reason }]);
  });

  it('of a webhook, again and again, leaves ten lines a second', async () => {
    const { app, lines } = setUp();
    for (let n = 0; n < 15; n += 1) await request(app).post('/twilio/nothing');
    expect(lines.length).toBeLessThan(15);
  });

  it('after the answer has begun ends the connection, and leaves one line in the log and none elsewhere', async () => {
    const { app, lines } = setUp(new Error('late'));
    app.set('env', 'production');
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    onTestFinished(() => printed.mockRestore());
    await expect(request(app).get('/late')).rejects.toThrow(/aborted|hang up/);
    expect(printed).not.toHaveBeenCalled();
    const err = { name: 'Error', message: 'late' };
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', msg: 'An answer broke off', path: '/late', err },
    ]);
  });
});

describe('a request that cannot be read', () => {
  it('with broken JSON is malformed', async () => {
    const sending = request(setUp().app).post('/api/json').type('json').send('{"a":');
    expect((await sending.expect(400)).body).toEqual({ error: 'The request is malformed.' });
  });

  it('with too large a body says so', async () => {
    const { app } = setUp();
    const json = request(app)
      .post('/api/json')
      .send({ a: 'x'.repeat(200) });
    expect((await json.expect(413)).body).toEqual({ error: 'The request is too large.' });
    const form = request(app)
      .post('/twilio/form')
      .type('form')
      .send(`a=${'x'.repeat(65 * 1024)}`);
    expect((await form.expect(413)).text).toBe('The request is too large.\n');
  });

  it('with more than 256 parameters is refused', async () => {
    const body = Array.from({ length: 257 }, (_, i) => `p${i}=1`).join('&');
    await request(setUp().app).post('/twilio/form').type('form').send(body).expect(413);
  });

  it('at an address that is no URL is malformed, and at an unknown one not found', async () => {
    const { app } = setUp();
    const response = await request(app).get('/nothing').expect(404);
    expect(response.text).toBe('There is nothing at this address.\n');
    expect((await request(app).post('/api/nothing').expect(404)).body).toEqual({
      error: 'There is nothing at this address.',
    });
  });
});

import { gzipSync } from 'node:zlib';
import express, { type Request, type Response } from 'express';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { errorHandler } from '../../../src/server/middleware/error-handler.js';
import { jsonBody } from '../../../src/server/middleware/json-body.js';

const app = express();
app.use('/api', jsonBody('1kb'));
app.use((given: Request, response: Response) => {
  response.json({ body: given.body === undefined ? 'none' : given.body });
});
app.use(errorHandler(silentLogger()));

const BODY = '{"first_name":"Zoë"}';
function post(type: string | null, body: string | Buffer = BODY, headers: Record<string, string> = {}) {
  const asked = request(app)
    .post('/api/x')
    .set(headers)
    .serialize((data) => data);
  if (type !== null) asked.set('Content-Type', type);
  else asked.unset('Content-Type');
  return asked.send(body);
}

test.each([
  'application/json',
  'application/JSON',
  'Application/Json; charset=utf-8',
  'application/json;charset=UTF-8',
  'application/json; charset="utf-8"',
  'application/json; charset=utf8',
  'application/json; indent=2',
])('a body of type %s is read', async (type) => {
  const { status, body } = await post(type);
  expect({ status, body }).toEqual({ status: 200, body: { body: { first_name: 'Zoë' } } });
});

test.each([
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/json',
  'application/merge-patch+json',
  'application/vnd.shop+json',
  'application/jsonp',
  'application/json-patch+json',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'nonsense',
])('a body of type %s is told to be the fault, with the header that helps', async (type) => {
  const { status, body } = await post(type);
  expect(status).toBe(415);
  expect(body).toEqual({ error: 'Send the body as JSON, with the header Content-Type: application/json.' });
});

test('so is one of no type at all', async () => {
  const { status, body } = await post(null, Buffer.from(BODY));
  expect({ status, error: body.error }).toEqual({
    status: 415,
    error: expect.stringContaining('application/json'),
  });
});

test.each(['latin1', 'iso-8859-1', 'utf-16', 'utf-16le', 'us-ascii', 'windows-1252'])(
  'the charset %s is told to be the fault',
  async (charset) => {
    const { status, body } = await post(`application/json; charset=${charset}`);
    expect({ status, error: body.error }).toEqual({ status: 415, error: expect.stringContaining('UTF-8') });
  },
);

describe('of what is JSON or none', () => {
  test.each([
    ['a byte order mark before it', '\ufeff{"a":1}', { a: 1 }],
    ['white space around it', ' \r\n{"a":1}\n', { a: 1 }],
    ['a name twice: the last counts', '{"a":1,"a":2}', { a: 2 }],
    ['a list', '[1]', [1]],
    ['a scalar', '3', 3],
  ])('%s is read', async (_, text, value) => {
    expect((await post('application/json', text)).body).toEqual({ body: value });
  });

  test.each([
    ['{"a": x}', 'The body is not valid JSON: see line 1, column 7.'],
    ['{"a":1', 'The body is not valid JSON: it ends too early, at line 1, column 7.'],
    ["{'a':1}", 'The body is not valid JSON: see line 1, column 2.'],
    ['a=1&b=2', 'The body is not valid JSON: see line 1, column 1.'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'The body is not UTF-8.'],
    [Buffer.from('\ufeff{"a":1}', 'utf16le'), 'The body is not UTF-8.'],
  ])('%j is a 400 with its place', async (text, error) => {
    const { status, body } = await post('application/json', text);
    expect({ status, body }).toEqual({ status: 400, body: { error } });
  });

  test('a name that stands for a prototype changes none', async () => {
    const { text } = await post('application/json', '{"__proto__":{"admin":true},"constructor":1}');
    expect(text).toBe('{"body":{"__proto__":{"admin":true},"constructor":1}}');
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });
});

test('a body that is packed is read, and one that is not as its header says is a 400', async () => {
  const gzip = { 'Content-Encoding': 'gzip' };
  expect((await post('application/json', gzipSync(BODY), gzip)).body).toEqual({
    body: { first_name: 'Zoë' },
  });
  expect((await post('application/json', Buffer.from(BODY), gzip)).status).toBe(400);
  const unknown = await post('application/json', Buffer.from(BODY), { 'Content-Encoding': 'zip' });
  expect(unknown.status).toBe(415);
  expect(unknown.body.error).toContain('Content-Encoding');
});

test('a body that is too large, packed or not, is a 413', async () => {
  const long = JSON.stringify({ notes: 'a'.repeat(2000) });
  expect((await post('application/json', long)).status).toBe(413);
  expect((await post('application/json', gzipSync(long), { 'Content-Encoding': 'gzip' })).status).toBe(413);
});

test('no body needs no type, and a request that only reads or deletes needs none for what it brings', async () => {
  expect((await request(app).post('/api/x')).body).toEqual({ body: 'none' });
  expect(
    (await request(app).post('/api/x').set('Content-Length', '0').set('Content-Type', 'text/plain')).status,
  ).toBe(200);
  expect((await request(app).delete('/api/x').set('Content-Type', 'text/plain').send('x')).status).toBe(200);
});

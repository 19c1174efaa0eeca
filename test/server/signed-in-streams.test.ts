import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { promisify } from 'node:util';
import express from 'express';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DESK_COOKIE, DeskSessions, SIGNED_IN_MS } from '../../src/server/desk-sessions.js';
import { SignedInStreams } from '../../src/server/signed-in-streams.js';

const TOKEN = 'let-me-in-please';

let now: number;
let sessions: DeskSessions;
let server: Server;
beforeEach(async () => {
  now = Date.parse('2026-03-02T15:00:00Z');
  sessions = new DeskSessions(TOKEN, () => now);
  const streams = new SignedInStreams(sessions, () => now);
  const app = express();
  app.get('/events', (asked, response) => {
    streams.keep(asked, response);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('retry: 1000\n\n');
  });
  app.delete('/session', (asked, response) => {
    streams.end(asked);
    response.status(204).end();
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await promisify(server.close.bind(server))();
});

async function ask(method: string, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
  const [response] = await once(request(options).end(), 'response');
  return response.on('error', () => {}).resume();
}

/** A stream that is open, and whether it still is. */
async function open(headers: Record<string, string>): Promise<{ isOpen: boolean; ended: Promise<unknown> }> {
  const response = await ask('GET', '/events', headers);
  const ended = new Promise((resolve) => response.once('close', resolve));
  const stream = { isOpen: true, ended };
  response.once('close', () => {
    stream.isOpen = false;
  });
  return stream;
}

const signedIn = (name: string) => ({ Cookie: `a=b; ${DESK_COOKIE}=${sessions.open(name).cookie}` });

it('end with the cookie that they were opened with, and those of a token do not', async () => {
  now -= SIGNED_IN_MS - 300;
  const soon = signedIn('Ada');
  now += SIGNED_IN_MS - 300;
  const [ending, later, token] = [
    await open(soon),
    await open(signedIn('Ben')),
    await open({ ...soon, Authorization: `Bearer ${TOKEN}` }),
  ];
  expect([ending, later, token].map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
  now += 300;
  await ending.ended;
  expect([later, token].map(({ isOpen }) => isOpen)).toEqual([true, true]);
});

it('end when their browser signs out, all of them and no other’s', async () => {
  const [ada, ben] = [signedIn('Ada'), signedIn('Ben')];
  const streams = [await open(ada), await open(ada), await open(ben)];
  expect((await ask('DELETE', '/session', {})).statusCode).toBe(204);
  expect((await ask('DELETE', '/session', { Cookie: `${DESK_COOKIE}=forged` })).statusCode).toBe(204);
  expect(streams.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
  expect((await ask('DELETE', '/session', ada)).statusCode).toBe(204);
  await Promise.all(streams.slice(0, 2).map(({ ended }) => ended));
  expect(streams.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
});

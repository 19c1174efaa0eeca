import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { Router } from 'express';
import { expect, onTestFinished, test, vi } from 'vitest';
import { serveCsv } from '../../src/server/csv-answer.js';
import { errorHandler } from '../../src/server/middleware/error-handler.js';
import { operation } from '../../src/server/routes/operation.js';
import { logSink } from '../support/log-sink.js';

const LIST = operation({
  method: 'get',
  path: '/api/things',
  id: 'listThings',
  tag: 'Things',
  summary: 'All things',
  example: {},
});

type Page = (last: number | null) => Promise<readonly number[]>;

/** A list of things as CSV, as it is served in production. */
async function setUp(page: Page) {
  const log = logSink();
  const printed = vi.spyOn(console, 'error').mockReturnValue();
  const router = Router();
  serveCsv(router, LIST, () => ({ name: 'things', columns: ['id'], linesOf: (id: number) => [[id]], page }));
  const app = express().set('env', 'production').use(router).use(errorHandler(log.logger));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    printed.mockRestore();
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const asking = get({ port, host: '127.0.0.1', path: LIST.path, headers: { Accept: 'text/csv' } });
  const hangUp = () => {
    asking.once('error', () => undefined);
    asking.destroy();
  };
  const answer = new Promise<IncomingMessage>((resolve) => asking.once('response', resolve));
  return { ...log, printed, server, answer, hangUp };
}

const oneLine = (lines: () => readonly unknown[]) => vi.waitFor(() => expect(lines()).toHaveLength(1));

test('a list whose second page fails is cut, and leaves one line in the log', async () => {
  const database = new EventEmitter();
  const { answer, lines, printed } = await setUp(async (last) => {
    if (last !== null) await once(database, 'answer');
    return [1];
  });
  const response = await answer;
  const cut = once(response.resume(), 'error');
  database.emit('error', new Error('The database has gone'));
  await cut;
  await oneLine(lines);
  const err = { name: 'Error', message: 'The database has gone' };
  expect(lines()).toMatchObject([{ level: 'warn', msg: 'An answer broke off', path: LIST.path, err }]);
  expect(printed).not.toHaveBeenCalled();
});

test.each([
  ['before the first page', 0],
  ['in the middle of a list', 1],
])('an asker who goes away %s is no fault', async (_, pages) => {
  const asker = new EventEmitter();
  const waits = once(asker, 'waits');
  const { server, answer, hangUp, lines, printed } = await setUp(async (last) => {
    if ((last ?? 0) < pages) return [1];
    asker.emit('waits');
    await once(asker, 'gone');
    return [];
  });
  server.on('connection', (socket) => socket.once('close', () => asker.emit('gone')));
  await waits;
  if (pages > 0) (await answer).once('error', () => undefined);
  hangUp();
  await oneLine(lines);
  expect(lines()).toMatchObject([{ level: 'debug', msg: 'An answer broke off', path: LIST.path }]);
  expect(printed).not.toHaveBeenCalled();
});

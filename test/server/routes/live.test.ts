import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CallEvent, CallWatchers } from '../../../src/calls/call-watchers.js';
import { NO_SIBLINGS } from '../../../src/calls/siblings.js';
import { liveRoutes } from '../../../src/server/routes/live.js';
import { newSession } from '../../../src/sessions/stored-session.js';
import { callSidOf, streamSidOf } from '../../support/stream-messages.js';

const MB = 1024 * 1024;

function talkativeSession(call: number) {
  const ids = { callSid: callSidOf(call), streamSid: streamSidOf(call) };
  const timestamp = '2026-03-02T15:00:00.000Z';
  const turn = { role: 'assistant' as const, content: 'x'.repeat(4000), timestamp };
  const session = newSession({ ...ids, callerPhone: '+15551234567', attestation: null });
  return { ...session, conversation_history: [turn] };
}

describe('the live calls as a stream of events', () => {
  const liveSessions = Array.from({ length: 1000 }, (_, call) => talkativeSession(call));
  let watchers: CallWatchers;
  let watching: number;
  let server: Server;
  beforeEach(async () => {
    watchers = new CallWatchers();
    watching = 0;
    const watch = (watcher: (event: CallEvent) => void) => {
      const stop = watchers.add(watcher);
      watching += 1;
      return () => {
        watching -= 1;
        stop();
      };
    };
    server = createServer(express().use(liveRoutes({ liveSessions, watch }, NO_SIBLINGS))).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
    await vi.waitFor(() => expect(watching).toBe(0));
  });

  async function open(): Promise<IncomingMessage> {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const headers = { Accept: 'text/event-stream' };
    const [response] = await once(get({ host: '127.0.0.1', port, path: '/api/live', headers }), 'response');
    return response.on('error', () => {});
  }

  test('begin with all of a thousand calls, and go on', async () => {
    const response = await open();
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await expect.poll(() => text.split('event: session').length).toBe(1001);
    watchers.tell({ type: 'ended', callSid: callSidOf(1) });
    await expect.poll(() => text).toContain(`event: ended\ndata: {"call_sid":"${callSidOf(1)}"}`);
  });

  test('leave behind whoever does not read them', async () => {
    await open();
    const [session] = liveSessions;
    if (!session) throw new Error('There is no call.');
    let told = 0;
    while (watching > 0 && told < 64 * MB) {
      watchers.tell({ type: 'session', session });
      told += JSON.stringify(session).length;
      await nextTurn();
    }
    expect(watching).toBe(0);
    expect(told).toBeGreaterThan(0.9 * MB);
  });
});

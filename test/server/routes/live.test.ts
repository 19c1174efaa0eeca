import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallChange, Fleet, WordsNow } from '../../../src/line/fleet.js';
import { MemoryFleet } from '../../../src/line/memory-fleet.js';
import { liveRoutes } from '../../../src/server/routes/live.js';
import type { Session } from '../../../src/sessions/session.js';
import { newSession } from '../../../src/sessions/stored-session.js';
import { callSidOf, streamSidOf } from '../../support/stream-messages.js';

function talkativeSession(call: number) {
  const ids = { callSid: callSidOf(call), streamSid: streamSidOf(call) };
  const timestamp = '2026-03-02T15:00:00.000Z';
  const turn = { role: 'assistant' as const, content: 'x'.repeat(4000), timestamp };
  const session = newSession({ ...ids, callerPhone: '+15551234567', attestation: null });
  return { ...session, conversation_history: [turn] };
}

describe('the live calls as a stream of events', () => {
  let liveSessions: Session[];
  let tell: (event: CallChange) => void;
  let say: (words: WordsNow) => void;
  let watching: number;
  let server: Server;
  beforeEach(async () => {
    liveSessions = Array.from({ length: 1000 }, (_, call) => talkativeSession(call));
    watching = 0;
    const fleet = new MemoryFleet();
    fleet.join({
      liveSessions,
      callSids: [],
      watch: (watcher) => {
        tell = watcher;
        return () => undefined;
      },
      watchWords: (watcher) => {
        say = watcher;
        return () => undefined;
      },
      answer: async () => false,
    });
    const watched: Pick<Fleet, 'liveCalls' | 'watch'> = {
      liveCalls: () => fleet.liveCalls(),
      watch: (watcher) => {
        const stop = fleet.watch(watcher);
        watching += 1;
        return () => {
          watching -= 1;
          stop();
        };
      },
    };
    server = createServer(express().use(liveRoutes(watched, { keep: () => {} }))).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
    await vi.waitFor(() => expect(watching).toBe(0));
  });

  async function open(method = 'GET', accept = 'text/event-stream'): Promise<IncomingMessage> {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const options = {
      host: '127.0.0.1',
      port,
      path: '/api/live',
      method,
      headers: { Accept: accept },
      agent: false,
    };
    const [response] = await once(request(options).end(), 'response');
    return response.on('error', () => {});
  }

  async function told(response: IncomingMessage, last: string): Promise<void> {
    let tail = '';
    for await (const chunk of response.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      tail = (tail + chunk).slice(-100_000);
      if (tail.includes(last)) return;
    }
    throw new Error(`The stream has ended without ${last}.`);
  }

  test('begin with all of a thousand calls, and go on', async () => {
    const response = await open();
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await expect.poll(() => text.split('event: session').length).toBe(1001);
    tell({ type: 'ended', callSid: callSidOf(1) });
    await expect.poll(() => text).toContain(`event: ended\ndata: {"call_sid":"${callSidOf(1)}"}`);
  });

  test('make one text of a change, however many are told of it, and of a call at the beginning', async () => {
    let made = 0;
    const counted = (session: Session): Session =>
      Object.assign({ ...session }, { toJSON: () => ({ ...session, made: ++made }) });
    liveSessions.splice(0, liveSessions.length, counted(talkativeSession(1)));
    const all = await Promise.all(Array.from({ length: 20 }, () => open()));
    await vi.waitFor(() => expect(watching).toBe(20));
    tell({ type: 'session', session: counted(talkativeSession(2)) });
    tell({ type: 'session', session: talkativeSession(3) });
    await Promise.all(all.map((response) => told(response, `{"call_sid":"${callSidOf(3)}",`)));
    expect(made).toBe(2);
  });

  test('tell of many changes at once the latest, soon, and four times a second at most', async () => {
    liveSessions.length = 0;
    const response = await open();
    const came: { readonly at: number; readonly turns: number }[] = [];
    response.setEncoding('utf8').on('data', (text: string) => {
      for (const [, data = ''] of text.matchAll(/event: session\ndata: (.*)/g))
        came.push({ at: performance.now(), turns: JSON.parse(data).interruptions });
    });
    await vi.waitFor(() => expect(watching).toBe(1));
    const session = { ...talkativeSession(1), conversation_history: [] };
    const startedAt = performance.now();
    let changes = 0;
    while (performance.now() - startedAt < 1200 || came.length < 2) {
      changes += 1;
      tell({ type: 'session', session: { ...session, interruptions: changes } });
      await pause(5);
    }
    const endedAt = performance.now();
    await vi.waitFor(() => expect(came.at(-1)?.turns).toBe(changes));
    expect(came.length).toBeLessThanOrEqual(2 + (endedAt - startedAt) / 250);
    expect(came[0]?.turns).toBeLessThan(came[1]?.turns ?? 0);
  });

  test('tell what agents are saying in one event behind the changes, the latest of each, four times a second at most', async () => {
    liveSessions.splice(2);
    const response = await open();
    const came: string[] = [];
    response.setEncoding('utf8').on('data', (text: string) => {
      for (const [, type = '', data = ''] of text.matchAll(/event: (\w+)\ndata: (.*)/g))
        came.push(type === 'words' ? data : type);
    });
    await vi.waitFor(() => expect(came.toSorted()).toEqual(['session', 'session', 'snapshot']));
    const words = (call: number, text: string) => ({ callSid: callSidOf(call), text, turns: 1 });
    for (const text of ['From', 'From nine', 'From nine to']) say(words(0, text));
    say(words(1, 'Good morning'));
    tell({ type: 'session', session: talkativeSession(0) });
    const told = (call: number, text: string) => ({ call_sid: callSidOf(call), text, turns: 1 });
    await vi.waitFor(() => expect(came.slice(3)).toHaveLength(2));
    expect(came[3]).toBe('session');
    expect(JSON.parse(came[4] ?? '')).toEqual({ words: [told(0, 'From nine to'), told(1, 'Good morning')] });
    const startedAt = performance.now();
    for (let n = 0; performance.now() - startedAt < 1200 || came.length <= 7; n += 1) {
      say(words(0, `From nine to ${n}`));
      await pause(5);
    }
    expect(came.length).toBeLessThanOrEqual(5 + 2 + (performance.now() - startedAt) / 250);
  });

  test('say at first which calls are live, and whether those are all', async () => {
    const response = await open();
    await told(response, `"${callSidOf(999)}"],"partial":false}`);
  });

  test('are for 32 watchers at once: the next is refused until one leaves', async () => {
    const all = await Promise.all(Array.from({ length: 32 }, () => open()));
    expect(all.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 32 }, () => 200));
    for (let n = 0; n < 3; n += 1) {
      const refused = await open();
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '10']);
      expect(JSON.parse(Buffer.concat(await refused.toArray()).toString())).toEqual({
        error: '32 pages watch the calls already. Close one of them and try again.',
      });
    }
    expect((await open('GET', 'application/json')).statusCode).toBe(200);
    expect(watching).toBe(32);
    for (let n = 0; n < 3; n += 1) {
      all[n]?.destroy();
      await vi.waitFor(() => expect(watching).toBe(31));
      const [next] = await Promise.all([open()]);
      expect(next.statusCode).toBe(200);
      expect((await open()).statusCode).toBe(503);
    }
  });

  test.each(['text/event-stream', 'application/json', '*/*', 'text/html'])(
    'are not asked for by their headers alone (Accept: %s)',
    async (accept) => {
      const response = await open('HEAD', accept);
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'GET']);
      expect(await response.toArray()).toEqual([]);
      expect(watching).toBe(0);
    },
  );

  test('leave behind whoever does not read them', async () => {
    await open();
    const startedAt = performance.now();
    while (watching > 0 && performance.now() - startedAt < 30_000) {
      for (const session of liveSessions) tell({ type: 'session', session });
      await pause(20);
    }
    expect(watching).toBe(0);
  });
});

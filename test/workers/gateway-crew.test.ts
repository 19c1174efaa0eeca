import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { LiveFeed } from '../../tools/call/live-feed.js';
import { GatewayCrew, runToEnd, WorkerWay } from '../support/gateway-crew.js';
import { RedisServer } from '../support/redis-server.js';
import { createServerDatabase } from '../support/test-database.js';
import { canStartRedis, randomCallSid, randomPhone } from '../support/test-redis.js';

const { TEST_DATABASE_URL } = process.env;
const canRun = TEST_DATABASE_URL !== undefined && canStartRedis;
const WORKERS = 3;
const MAX_CALLS = 6;
const soon = { timeout: 30_000, interval: 20 };

const ringing = (callSid: string) => ({ CallSid: callSid, From: randomPhone(), CallStatus: 'ringing' });
const underWay = (callSid: string) => ({ ...ringing(callSid), CallStatus: 'in-progress' });

async function heldPort(): Promise<{ port: number; close: () => void }> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, close: () => other.close() };
}

describe.skipIf(!canRun)('a gateway of several processes', { timeout: 60_000 }, () => {
  let server: RedisServer;
  let database: Awaited<ReturnType<typeof createServerDatabase>>;
  let crew: GatewayCrew;
  let stores: Record<string, string>;

  beforeAll(async () => {
    server = await RedisServer.start();
    database = await createServerDatabase(TEST_DATABASE_URL ?? '');
    stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const limits = { MAX_CALLS: String(MAX_CALLS), STREAM_START_TIMEOUT_MS: '1000' };
    crew = await GatewayCrew.start({ WORKERS: String(WORKERS), ...limits, ...stores });
  });
  afterAll(async () => {
    await crew?.end();
    await server?.stop();
    await database?.drop();
  });

  async function streaming(count: number, before = 0): Promise<TwilioCall[]> {
    const calls = Array.from({ length: count }, (_, n) =>
      crew.twilio.call({ from: `+1512555${1000 + n}`, stir: null, keepAudio: false }),
    );
    await Promise.all(calls.map((call) => call.untilState('streaming')));
    await vi.waitFor(async () => {
      const live = await crew.liveCalls();
      expect([...live.values()].reduce((sum, each) => sum + each, 0)).toBe(before + count);
    }, soon);
    return calls;
  }

  const hangUp = (calls: readonly TwilioCall[]) => Promise.all(calls.map((call) => call.hangUp()));

  async function expectNoCalls(): Promise<void> {
    await vi.waitFor(async () => {
      expect(await crew.liveSids()).toEqual(Array(WORKERS).fill([]));
      expect(await crew.figures('bayline_live_calls')).toEqual(Array(WORKERS).fill(0));
      expect(await crew.figures('bayline_call_places_taken')).toEqual(Array(WORKERS).fill(0));
    }, soon);
  }

  /** Every worker tells all of it, whoever is asked. */
  async function expectToldByAll(calls: readonly TwilioCall[]): Promise<void> {
    const sids = calls.map(({ callSid }) => callSid).sort();
    expect(await crew.liveSids()).toEqual(Array(WORKERS).fill(sids));
    expect(await crew.figures('bayline_live_calls')).toEqual(Array(WORKERS).fill(calls.length));
    expect(await crew.figures('bayline_workers')).toEqual(Array(WORKERS).fill(WORKERS));
  }

  /** How many of so many callers at once, at all workers, are let in. */
  async function letIn(callers: number): Promise<number> {
    const answers = await crew.atEach((way) =>
      Promise.all(
        Array.from({ length: callers / WORKERS }, () => way.post('/twilio/voice', ringing(randomCallSid()))),
      ),
    );
    return answers.flat().filter(({ body }) => body.includes('<Stream')).length;
  }

  test('tells once that it listens, and greets once', () => {
    expect(crew.logged('listening')).toBe(1);
    expect(crew.written().match(/answers\./g)).toHaveLength(1);
    expect(crew.pids.size).toBe(WORKERS);
  });

  test('has calls in each process; every one of them lists and counts them all', async () => {
    const calls = await streaming(MAX_CALLS);
    const live = await crew.liveCalls();
    expect([...live.keys()].sort()).toEqual(crew.workers.sort());
    expect(Math.max(...live.values())).toBeLessThan(MAX_CALLS);
    await expectToldByAll(calls);
    expect(await letIn(WORKERS)).toBe(0);
    const records = await hangUp(calls);
    expect(records.flatMap(({ protocolErrors }) => protocolErrors)).toEqual([]);
    await expectNoCalls();
  });

  test('lets in as many calls as it has places, however many come at once to whichever process', async () => {
    const calls = await streaming(2);
    expect(await letIn(WORKERS * 6)).toBe(MAX_CALLS - 2);
    expect(await letIn(WORKERS)).toBe(0);
    await hangUp(calls);
    // Those that were let in never open their streams: after a while their places are free.
    await expectNoCalls();
  });

  test('tells whoever watches of the changes in all processes', async () => {
    const [before] = await streaming(1);
    const feeds = Array.from({ length: WORKERS }, () => new LiveFeed({ gatewayUrl: crew.gateway.url }));
    await Promise.all(feeds.map((feed) => feed.open()));
    onTestFinished(async () => void (await Promise.all(feeds.map((feed) => feed.close()))));
    const calls = [before, ...(await streaming(3, 1))].flatMap((call) => call ?? []);
    for (const feed of feeds) {
      await Promise.all(calls.map(({ callSid }) => feed.untilState(callSid, 'greeting')));
    }
    await hangUp(calls);
    await vi.waitFor(() => {
      const seen = feeds.flatMap((feed) => calls.map(({ callSid }) => feed.session(callSid)));
      expect(seen.every((session) => session === undefined)).toBe(true);
    }, soon);
    await expectNoCalls();
  });

  test('answers what is next for a call as the process that had it, and adds up, while Redis is stopped', async () => {
    server.pause();
    onTestFinished(() => server.resume());
    const calls = await streaming(MAX_CALLS);
    await expectToldByAll(calls);
    expect(await letIn(WORKERS)).toBe(0);
    await hangUp(calls);
    await expectNoCalls();
    const [call] = calls;
    const answers = await crew.atEach((way) => way.post('/twilio/voice/next', underWay(call?.callSid ?? '')));
    expect(answers.map(({ body }) => /<(Hangup|Connect)/.exec(body)?.[1])).toEqual(
      Array(WORKERS).fill('Hangup'),
    );
    server.resume();
    await crew.untilReady(WORKERS);
  });

  test('leaves a process out that stands still, says so, and counts no less than before', async () => {
    const calls = await streaming(4);
    const before = await crew.figures('bayline_calls_started_total{resumed="false"}');
    const [still, ...others] = crew.workers;
    const ways = await crew.ways((worker) => others.includes(worker));
    crew.signal(still ?? 0, 'SIGSTOP');
    onTestFinished(() => crew.signal(still ?? 0, 'SIGCONT'));
    const told = await Promise.all(
      ways.map(async (way) => ({
        begun: await way.figure('bayline_calls_started_total{resumed="false"}'),
        live: (await way.json<{ live: unknown[] }>('/api/live')).live.length,
      })),
    );
    for (const way of ways) way.leave();
    for (const { begun, live } of told) {
      expect(begun).toBe(before[0]);
      expect(live).toBeLessThan(4);
    }
    expect(crew.logged('A worker did not answer in time and was left out')).toBeGreaterThan(0);
    crew.signal(still ?? 0, 'SIGCONT');
    await vi.waitFor(() => expectToldByAll(calls), soon);
    await hangUp(calls);
    await expectNoCalls();
  });

  test('replaces a process that is killed; its calls go on in another, and keep their places', async () => {
    const calls = await streaming(MAX_CALLS);
    const live = await crew.liveCalls();
    const [doomed, lost] = [...live].find(([, count]) => count > 0) ?? [0, 0];
    const started = await crew.figures('bayline_calls_started_total{resumed="false"}');
    crew.signal(doomed, 'SIGSTOP');
    // As it stands still, it is handed a connection that it never takes.
    const health = Array.from({ length: WORKERS * 2 }, () => WorkerWay.open(crew.gateway.url));
    await Promise.race(health);
    crew.signal(doomed, 'SIGKILL');
    for (const way of await Promise.all(health)) way.leave();
    await vi.waitFor(() => expect(crew.workers).toHaveLength(WORKERS), soon);
    await vi.waitFor(() => expectToldByAll(calls), soon);
    expect(crew.workers).not.toContain(doomed);
    expect(await letIn(WORKERS)).toBe(0);
    expect(await crew.figures('bayline_calls_started_total{resumed="true"}')).toEqual(
      Array(WORKERS).fill(lost),
    );
    expect(await crew.figures('bayline_calls_started_total{resumed="false"}')).toEqual(started);
    expect(await crew.figures('bayline_workers_lost_total')).toEqual(Array(WORKERS).fill(1));
    await hangUp(calls);
    await expectNoCalls();
  });

  test('replaces a process that is told to end, which ends with its last call; the others serve on', async () => {
    const calls = await streaming(MAX_CALLS - 1);
    const live = await crew.liveCalls();
    const [leaving, kept] = [...live].find(([, count]) => count > 0) ?? [0, 0];
    crew.signal(leaving, 'SIGTERM');
    await vi.waitFor(() => expect(crew.workers).toHaveLength(WORKERS + 1), soon);
    await vi.waitFor(async () => expect([...(await crew.liveCalls()).keys()]).not.toContain(leaving), soon);
    await crew.untilReady(WORKERS);
    expect(await crew.liveSids()).toEqual(Array(WORKERS).fill(calls.map(({ callSid }) => callSid).sort()));
    expect(calls.map(({ state }) => state)).toEqual(Array(MAX_CALLS - 1).fill('streaming'));
    expect(await letIn(WORKERS)).toBe(1);
    expect(kept).toBeGreaterThan(0);
    const records = await hangUp(calls);
    await vi.waitFor(() => expect(crew.workers).toHaveLength(WORKERS), soon);
    expect(records.map(({ outcome }) => outcome?.kind)).toEqual(Array(MAX_CALLS - 1).fill('caller-hung-up'));
    await expectNoCalls();
  });

  test('drains on a signal that all processes get, which counts once, and ends with status 0 after the last call', async () => {
    const calls = await streaming(3);
    const live = await crew.liveCalls();
    // Those that have no call end at once.
    const ways = await crew.ways((worker) => (live.get(worker) ?? 0) > 0);
    for (const worker of crew.workers) crew.signal(worker, 'SIGINT');
    process.kill(crew.gateway.pid, 'SIGINT');
    for (const way of ways) {
      await vi.waitFor(async () => expect((await way.get('/health/ready')).status).toBe(503), soon);
      expect((await way.post('/twilio/voice', ringing(randomCallSid()))).body).not.toContain('<Stream');
      way.leave();
    }
    const [broken] = calls;
    // There is no other gateway: the call goes on at one of the processes that drain.
    broken?.dropSocket();
    await vi.waitFor(() => expect(broken?.record.of('stream-started')).toHaveLength(2), soon);
    const records = await hangUp(calls);
    const endedAt = performance.now();
    expect(await crew.gateway.untilEnded()).toBe(0);
    expect(performance.now() - endedAt).toBeLessThan(5000);
    expect(crew.logged('Another signal: the calls are not waited for any longer')).toBe(0);
    expect(crew.logged('A worker leaves; another takes its place')).toBe(1);
    expect(crew.workers).toEqual([]);
    expect(records.map(({ outcome }) => outcome?.kind)).toEqual(Array(3).fill('caller-hung-up'));
  });
});

describe.skipIf(!canRun)('a gateway of two processes', { timeout: 60_000 }, () => {
  let server: RedisServer;
  let database: Awaited<ReturnType<typeof createServerDatabase>>;
  beforeAll(async () => {
    server = await RedisServer.start();
    database = await createServerDatabase(TEST_DATABASE_URL ?? '');
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  async function start(settings: Record<string, string> = {}, probe?: string): Promise<GatewayCrew> {
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const crew = await GatewayCrew.start({ WORKERS: '2', ...stores, ...settings }, probe ? { probe } : {});
    onTestFinished(() => crew.end());
    return crew;
  }

  async function streaming(crew: GatewayCrew): Promise<TwilioCall> {
    const call = crew.twilio.call({ stir: null, keepAudio: false });
    await call.untilState('streaming');
    return call;
  }

  test('whose first process is killed lets its calls end, and ends by itself', async () => {
    const crew = await start({ STREAM_START_TIMEOUT_MS: '500' });
    const call = await streaming(crew);
    await crew.gateway.kill();
    await vi.waitFor(() => expect(crew.workers).toHaveLength(1), soon);
    expect(call.state).toBe('streaming');
    const heard = call.record.mediaMessages;
    await vi.waitFor(() => expect(call.record.mediaMessages).toBeGreaterThan(heard), soon);
    await call.hangUp();
    await vi.waitFor(() => expect(crew.workers).toEqual([]), soon);
    expect(crew.logged('Stopped')).toBe(2);
  });

  test('replaces a process with a fault that nobody caught; hands over at the limit what is live then', async () => {
    const fault = 'process.on("SIGUSR2", () => { throw new Error("a fault"); })';
    const probe = `data:text/javascript,${encodeURIComponent(fault)}`;
    const crew = await start({ DRAIN_TIMEOUT_SECONDS: '1' }, probe);
    const [faulty] = crew.workers;
    crew.signal(faulty ?? 0, 'SIGUSR2');
    await vi.waitFor(() => expect(crew.pids.size).toBe(3), soon);
    await vi.waitFor(() => expect(crew.workers).not.toContain(faulty), soon);
    await crew.untilReady(2);
    expect(crew.logged('A worker died; another takes its place')).toBe(1);
    const call = await streaming(crew);
    crew.gateway.terminate();
    await vi.waitFor(() => expect(crew.written()).toContain('Stopping all workers'), soon);
    expect(await crew.gateway.stop()).toBe(0);
    expect(crew.logged('Another signal: the calls are not waited for any longer')).toBe(1);
    expect(crew.logged('The drain limit is reached; calls are handed over')).toBe(1);
    expect(call.record.of('stream-ended')).toHaveLength(1);
    expect(crew.workers).toEqual([]);
  });

  test('that cannot start says why, once, and ends with status 1', async () => {
    const { port, close } = await heldPort();
    onTestFinished(close);
    const env = { WORKERS: '2', REDIS_URL: server.url, DATABASE_URL: database.url, PORT: String(port) };
    const { status, written } = await runToEnd(env);
    expect(status).toBe(1);
    expect(written.match(/is in use by another program/g)).toHaveLength(1);
    expect(written).not.toContain('"msg":"listening"');
  });
});

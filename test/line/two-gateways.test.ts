import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FinishedCall } from '../../src/call-log/finished-call.js';
import type { Session } from '../../src/sessions/session.js';
import { RedisServer } from '../support/redis-server.js';
import { postSigned, voiceForm } from '../support/signed-request.js';
import { createServerDatabase } from '../support/test-database.js';
import { SlowVoice, shopIsReady, startGateway, type TestGateway } from '../support/test-gateway.js';
import { canStartRedis } from '../support/test-redis.js';

const { TEST_DATABASE_URL } = process.env;
const PUBLIC_URL = 'http://localhost:4999';
const SOON = { interval: 20 };

interface LiveAnswer {
  readonly live: readonly Session[];
  readonly partial?: true;
}

describe.skipIf(!canStartRedis || TEST_DATABASE_URL === undefined)('two gateways of a shop', () => {
  let server: RedisServer;
  let one: TestGateway;
  let other: TestGateway;
  const toEnd: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    const database = await createServerDatabase(TEST_DATABASE_URL ?? '');
    toEnd.push(
      () => database.drop(),
      () => server.stop(),
    );
    const env = { REDIS_URL: server.url, DATABASE_URL: database.url, PUBLIC_URL };
    const start = () => startGateway(env, new SlowVoice(), (end) => toEnd.push(end));
    [one, other] = [await start(), await start()];
    await Promise.all([shopIsReady(one), shopIsReady(other)]);
  }, 120_000);
  afterAll(async () => {
    for (const end of toEnd.reverse()) await end();
  });

  const lists = async ({ get }: TestGateway) => {
    const { live, partial } = await get<LiveAnswer>('/api/live');
    return { callSids: live.map(({ call_sid }) => call_sid).sort(), partial };
  };
  /** How often each has told in its log that the call has ended. */
  const endings = (gateways: readonly TestGateway[], callSid: string) =>
    gateways.map(({ log }) => {
      const lines = log.lines().filter(({ msg }) => msg === 'Call ended');
      return lines.filter((line) => JSON.stringify(line).includes(callSid)).length;
    });
  const recorded = ({ get }: TestGateway, callSid: string) =>
    vi.waitFor(async () => {
      const call = await get<FinishedCall & { error?: string }>(`/api/calls/${callSid}`);
      expect(call.error).toBeUndefined();
      return call;
    }, SOON);

  it("list each other's calls, and say while Redis is stopped that they cannot", async () => {
    const calls = [one, other].map(({ twilio }) => twilio.call({ keepAudio: false }));
    await Promise.all(calls.map((call) => call.untilState('streaming')));
    const callSids = calls.map(({ callSid }) => callSid).sort();
    for (const gateway of [one, other])
      await vi.waitFor(async () => expect(await lists(gateway)).toEqual({ callSids }), SOON);
    server.pause();
    try {
      const alone = { callSids: [calls[0]?.callSid], partial: true };
      await vi.waitFor(async () => expect(await lists(one)).toEqual(alone), SOON);
    } finally {
      server.resume();
    }
    await vi.waitFor(async () => expect(await lists(one)).toEqual({ callSids }), SOON);
    await Promise.all(calls.map((call) => call.hangUp()));
    for (const gateway of [one, other])
      await vi.waitFor(async () => expect(await lists(gateway)).toEqual({ callSids: [] }), SOON);
  }, 60_000);

  it('let staff at either take a call over, one of all who press, and dial whichever is asked', async () => {
    const call = one.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    await vi.waitFor(async () => expect((await lists(other)).callSids).toContain(call.callSid), SOON);
    one.twilio.routeTo(other.url);
    const press = async ({ url }: TestGateway, kind: string) => {
      const response = await fetch(`${url}/api/live/${call.callSid}/${kind}`, { method: 'POST' });
      return { status: response.status, ...((await response.json()) as { error?: string }) };
    };
    const answers = await Promise.all([
      press(other, 'transfer'),
      press(other, 'transfer'),
      press(one, 'transfer'),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    for (const { error = '' } of answers.filter(({ status }) => status === 409))
      expect(error).toMatch(/^(Another desk has taken this call over already|This call is over)\.$/);
    const { outcome } = await call.untilEnded();
    one.twilio.routeTo(one.url);
    expect(outcome).toMatchObject({ kind: 'dial' });
    expect(await recorded(one, call.callSid)).toMatchObject({
      outcome: 'transferred',
      summary: expect.stringContaining('staff took the call over'),
    });
    expect([404, 409]).toContain((await press(one, 'end')).status);
  }, 60_000);

  it('leave behind the same when the other answers what is next', async () => {
    const call = one.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    one.twilio.routeTo(other.url);
    call.press('0');
    const { outcome } = await call.untilEnded();
    one.twilio.routeTo(one.url);
    expect(outcome).toMatchObject({ kind: 'dial' });
    const row = await recorded(other, call.callSid);
    expect(row).toMatchObject({
      outcome: 'transferred',
      interruptions: 1,
      states: [{ name: 'greeting' }, { name: 'transferring' }],
      latency: { greeting_ms: expect.any(Number), interruption_ms: { count: 1 }, response_ms: { count: 1 } },
    });
    const [greeting] = row.full_transcript ?? [];
    expect(greeting?.content).toContain('press');
    expect(greeting?.content.length).toBeGreaterThan(row.transcript[0]?.content.length ?? 0);
    expect(endings([one, other], call.callSid)).toEqual([0, 1]);
  }, 60_000);

  it('leave behind the same when the other is told that a call is over whose stream is still open', async () => {
    const call = one.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    await vi.waitFor(async () => expect((await lists(other)).callSids).toContain(call.callSid), SOON);
    const form = voiceForm({ CallSid: call.callSid, CallStatus: 'completed' });
    await postSigned(other, '/twilio/call-status', form).expect(204);
    const row = await recorded(other, call.callSid);
    expect(row).toMatchObject({ outcome: 'abandoned', latency: { greeting_ms: expect.any(Number) } });
    expect(row.full_transcript?.[0]?.content).toContain('press');
    expect(endings([one, other], call.callSid)).toEqual([1, 0]);
    expect((await lists(one)).callSids).not.toContain(call.callSid);
    await postSigned(other, '/twilio/voice', form).expect(200, /<Hangup\/>/);
    await call.hangUp();
  }, 60_000);
});

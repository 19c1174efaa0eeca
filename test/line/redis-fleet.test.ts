import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisFleet } from '../../src/line/redis-fleet.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSubscription } from '../../src/redis/redis-subscription.js';
import { describeFleet, noteOf } from '../contracts/fleet.js';
import { TestMember } from '../support/fleet-member.js';
import { RedisServer } from '../support/redis-server.js';
import { newSession } from '../support/sample-session.js';
import { canStartRedis, connectTestRedis, randomCallSid } from '../support/test-redis.js';

const SOON = { interval: 10 };

let server: RedisServer;
let redis: Redis;
const endings: (() => Promise<void>)[] = [];

/** A gateway of the shop. Its first connection counts in its first command's time. */
function openFleet(database = 0, commandTimeoutMs = 10_000): RedisFleet {
  const settings = { url: `${server.url}/${database}`, logger: silentLogger(), commandTimeoutMs };
  const client = new RedisClient(settings);
  const fleet = new RedisFleet({ client, subscription: new RedisSubscription(settings), database });
  endings.push(async () => {
    await fleet.close();
    await client.close();
  });
  return fleet;
}

class TestGateway extends TestMember {
  readonly fleet: RedisFleet;

  constructor(...settings: Parameters<typeof openFleet>) {
    super();
    this.fleet = openFleet(...settings);
    this.fleet.join(this);
  }

  /** A call that is live here, and stored. */
  async call(changes: Parameters<TestMember['begin']>[0] = {}): Promise<string> {
    const session = this.begin(changes);
    await redis.set(`session:${session.call_sid}`, JSON.stringify(session));
    this.fleet.liveChanged();
    return session.call_sid;
  }

  hangUp(callSid: string): void {
    this.end(callSid);
    this.fleet.liveChanged();
  }

  async listed(): Promise<string[]> {
    const { sessions, isPartial } = await this.fleet.liveCalls();
    return [...sessions.map(({ call_sid }) => call_sid), ...(isPartial ? ['partial'] : [])];
  }

  watching(): { readonly told: string[]; readonly stop: () => void } {
    const told: string[] = [];
    return { told, stop: this.fleet.watch((event, isFirst) => told.push(noteOf(event, isFirst))) };
  }
}

/** How often anything was published so far. */
async function published(): Promise<number> {
  return Number(/cmdstat_publish:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

/** The channel on which the changes go. */
const listeners = async (channel: string) => Number((await redis.pubsub('NUMSUB', channel))[1]);

beforeAll(async () => {
  if (!canStartRedis) return;
  server = await RedisServer.start();
  redis = connectTestRedis(server.url).on('error', () => undefined);
});
afterEach(async () => {
  server?.resume();
  await Promise.all(endings.splice(0).map((end) => end()));
  // Whoever was cut off from Redis has left its list there.
  await redis?.flushall();
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

describe.skipIf(!canStartRedis)('over Redis', () => {
  describeFleet('The fleet over Redis', async () => openFleet());

  describe('two gateways', () => {
    let one: TestGateway;
    let other: TestGateway;
    beforeEach(() => {
      [one, other] = [new TestGateway(), new TestGateway()];
    });

    it("list each other's calls, their own first, and no call longer than it lives", async () => {
      const [here, there] = [await one.call({ intent: 'shop_info' }), await other.call()];
      await expect.poll(() => one.listed(), SOON).toEqual([here, there]);
      await expect.poll(() => other.listed(), SOON).toEqual([there, here]);
      const { sessions } = await other.fleet.liveCalls();
      expect(sessions[1]).toEqual(one.liveSessions[0]);
      other.hangUp(there);
      await expect.poll(() => one.listed(), SOON).toEqual([here]);
    });

    it('keep their calls as plain JSON under a key that lives for ten seconds, and leave none behind', async () => {
      const here = await one.call();
      await expect.poll(() => redis.smembers('live'), SOON).toHaveLength(1);
      const [gateway] = await redis.smembers('live');
      expect(JSON.parse((await redis.get(`live:${gateway}`)) ?? '')).toEqual({ version: 1, calls: [here] });
      for (const key of ['live', `live:${gateway}`]) {
        await expect.poll(() => redis.pttl(key), SOON).toBeGreaterThan(6_000);
        expect(await redis.pttl(key)).toBeLessThanOrEqual(10_000);
      }
      await one.fleet.close();
      expect(await redis.exists('live', `live:${gateway}`)).toBe(0);
      expect(await other.listed()).toEqual([]);
    });

    it('forget the calls of a gateway whose time to live is over', async () => {
      const session = newSession();
      await redis.set(`session:${session.call_sid}`, JSON.stringify(session));
      await redis.sadd('live', 'killed');
      await redis.set('live:killed', JSON.stringify({ version: 1, calls: [session.call_sid] }), 'PX', 60_000);
      expect(await one.listed()).toEqual([session.call_sid]);
      expect(await one.fleet.ask({ about: 'finish', callSid: session.call_sid })).toBe('gone');
      await redis.pexpire('live:killed', 1);
      await expect.poll(() => one.listed(), SOON).toEqual([]);
    });

    it('list their own alone, and say so, while Redis is stopped', async () => {
      [one, other] = [new TestGateway(0, 500), new TestGateway(0, 500)];
      const here = await one.call();
      await other.call();
      await expect.poll(() => one.listed(), SOON).toHaveLength(2);
      server.pause();
      const beganAt = performance.now();
      expect(await one.listed()).toEqual([here, 'partial']);
      expect(performance.now() - beganAt).toBeLessThan(5_000);
      expect(await one.fleet.ask({ about: 'finish', callSid: randomCallSid() })).toBe('unavailable');
      server.resume();
      await expect.poll(() => one.listed(), SOON).toHaveLength(2);
    });

    it('share no call with the gateways of another database number', async () => {
      const elsewhere = new TestGateway(1);
      const { told } = elsewhere.watching();
      await one.call();
      await expect.poll(() => other.listed(), SOON).toHaveLength(1);
      expect(await elsewhere.listed()).toEqual([]);
      await pause(300);
      expect(told).toEqual([]);
    });
  });
});

describe.skipIf(!canStartRedis)('whoever watches at one of two gateways', () => {
  let one: TestGateway;
  let other: TestGateway;
  beforeEach(() => {
    [one, other] = [new TestGateway(), new TestGateway()];
  });

  it("is told of the other's calls, of what changes in them and of their end", async () => {
    const before = await other.call();
    const { told } = one.watching();
    await expect.poll(() => told, SOON).toEqual([`new ${before} null`]);
    const later = await other.call();
    await expect.poll(() => told.at(-1), SOON).toBe(`new ${later} null`);
    other.change(before, { intent: 'shop_info' });
    await expect.poll(() => told.at(-1), SOON).toBe(`changed ${before} shop_info`);
    other.hangUp(later);
    await expect.poll(() => told.at(-1), SOON).toBe(`ended ${later}`);
    expect(told).toHaveLength(4);
  });

  it("is told what the other's agents are saying, the latest of each, while somebody watches", async () => {
    const [first, second] = [await other.call(), await other.call()];
    const { told, stop } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(2);
    for (const text of ['From', 'From nine', 'From nine to five']) other.say(first, text);
    other.say(second, 'Good morning');
    await expect
      .poll(() => told.slice(2), SOON)
      .toEqual([`${first} says From nine to five`, `${second} says Good morning`]);
    stop();
    await expect.poll(() => other.isListenedTo, SOON).toBe(false);
  });

  it('is told of a thousand calls, and once of many changes of one', async () => {
    const callSids = await Promise.all(Array.from({ length: 1000 }, () => other.call()));
    const { told } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(1000);
    await expect.poll(() => new Set(told).size, SOON).toBe(1000);
    const [first = ''] = callSids;
    for (let n = 0; n < 500; n++) other.change(first, { interruptions: n });
    other.change(first, { intent: 'shop_info' });
    await expect.poll(() => told.at(-1), SOON).toBe(`changed ${first} shop_info`);
    expect(told.length).toBeLessThan(1000 + 5);
  });

  it('costs nothing before the first comes and after the last has left', async () => {
    const callSid = await other.call();
    await expect.poll(() => listeners('live:0:watchers'), SOON).toBe(1);
    await expect.poll(published, SOON).toBeGreaterThan(0);
    const quiet = async () => {
      const before = await published();
      for (let n = 0; n < 50; n++) other.change(callSid, { interruptions: n });
      await pause(300);
      expect(await published()).toBe(before);
      expect(other.watcherCount).toBe(1);
    };
    await pause(300);
    await quiet();
    const watchers = [one.watching(), one.watching()];
    await expect.poll(() => watchers.map(({ told }) => told.length), SOON).toEqual([1, 1]);
    watchers[0]?.stop();
    other.change(callSid, { intent: 'shop_info' });
    await expect.poll(() => watchers.map(({ told }) => told.length), SOON).toEqual([1, 2]);
    watchers[1]?.stop();
    await expect.poll(() => other.watcherCount, SOON).toBe(1);
    await expect.poll(() => listeners('live:0:changes'), SOON).toBe(0);
    await quiet();
  });

  it('sees a call go on where it was resumed, whatever the gateway before still says of it', async () => {
    const callSid = await other.call();
    const { told } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(1);
    await one.call({ call_sid: callSid, resumes: 1, intent: 'shop_info' });
    other.change(callSid, { intent: 'talk_to_person' });
    await pause(300);
    other.hangUp(callSid);
    await pause(300);
    await expect.poll(() => told, SOON).toEqual([`new ${callSid} null`, `changed ${callSid} shop_info`]);
    await expect.poll(() => other.listed(), SOON).toEqual([callSid]);
  });

  it('is told of all again when Redis comes back empty', async () => {
    const callSid = await other.call();
    const { told } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(1);
    await server.kill();
    await server.start();
    await redis.set(`session:${callSid}`, JSON.stringify(other.liveSessions[0]));
    await expect.poll(() => one.listed(), SOON).toEqual([callSid]);
    await expect.poll(() => listeners('live:0:changes'), SOON).toBe(1);
    other.change(callSid, { intent: 'shop_info' });
    await expect.poll(() => told.at(-1), SOON).toBe(`changed ${callSid} shop_info`);
  });

  it('is told again of a call of which it has missed something', async () => {
    const callSid = await other.call();
    const { told } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(1);
    const [gateway] = await redis.smembers('live');
    const lie = { version: 1, type: 'changes', from: gateway, sessions: [], ended: [callSid] };
    await redis.publish('live:0:changes', JSON.stringify(lie));
    await expect.poll(() => told.at(-1), SOON).toBe(`ended ${callSid}`);
    await expect.poll(() => told.at(-1), SOON).toBe(`new ${callSid} null`);
  });

  it('is told of the end of all calls of a gateway that says nothing more', async () => {
    const session = newSession();
    const { told } = one.watching();
    await expect.poll(() => listeners('live:0:changes'), SOON).toBe(1);
    const last = { version: 1, type: 'changes', from: 'killed', sessions: [session], ended: [] };
    await redis.publish('live:0:changes', JSON.stringify(last));
    await expect.poll(() => told, SOON).toEqual([`new ${session.call_sid} null`]);
    await expect.poll(() => told.at(-1), SOON).toBe(`ended ${session.call_sid}`);
  });

  it('is not disturbed by what no gateway of this version says', async () => {
    const callSid = await other.call();
    const { told } = one.watching();
    await expect.poll(() => told.length, SOON).toBe(1);
    const odd = [
      'no JSON',
      '[]',
      JSON.stringify({ version: 2, type: 'changes', from: 'new', sessions: [], ended: [callSid] }),
      JSON.stringify({ version: 1, type: 'dances', from: 'new' }),
      JSON.stringify({ version: 1, type: 'changes', from: 'new', sessions: [7], ended: [] }),
      JSON.stringify({
        version: 1,
        type: 'request',
        from: 'new',
        id: '1',
        about: 'dance',
        call_sid: callSid,
      }),
    ];
    for (const channel of ['live:0:changes', 'live:0:watchers'])
      for (const text of odd) expect(await redis.publish(channel, text)).toBeGreaterThan(0);
    other.change(callSid, { intent: 'shop_info' });
    await expect.poll(() => told.at(-1), SOON).toBe(`changed ${callSid} shop_info`);
    expect(told).toHaveLength(2);
    await redis.sadd('live', 'new');
    await redis.set('live:new', JSON.stringify({ version: 2, calls: 'elsewhere' }), 'PX', 2_000);
    expect(await one.listed()).toEqual([callSid]);
  });
});

describe.skipIf(!canStartRedis)('a request to the gateway that has a call', () => {
  it('is done or refused there, and nowhere else', async () => {
    const [one, other, third] = [new TestGateway(), new TestGateway(), new TestGateway()];
    const callSid = await other.call();
    await third.call();
    const ask = () => one.fleet.ask({ about: 'finish', callSid });
    await expect.poll(ask, SOON).toBe('done');
    other.answering = async () => false;
    await expect.poll(ask, SOON).toBe('refused');
    expect(other.asked.at(-1)).toEqual({ about: 'finish', callSid });
    expect([one.asked, third.asked]).toEqual([[], []]);
  });

  it('does not wait for one that does not answer', async () => {
    const [one, other] = [new TestGateway(), new TestGateway()];
    const callSid = await other.call();
    await expect.poll(() => one.fleet.ask({ about: 'finish', callSid }), SOON).toBe('done');
    other.answering = () => new Promise(() => undefined);
    const beganAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => one.fleet.ask({ about: 'finish', callSid })),
    );
    expect(performance.now() - beganAt).toBeLessThan(10_000);
    expect(answers.filter((answer) => answer === 'timeout')).toHaveLength(200);
    expect(answers.filter((answer) => answer === 'unavailable')).toHaveLength(50);
  });
});

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { redisUnrecordedCalls } from '../../src/call-log/redis-unrecorded-calls.js';
import { RedisCustomerCache } from '../../src/customers/redis-customer-cache.js';
import { RIGHTS } from '../../src/redis/redis-advice.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSubscription } from '../../src/redis/redis-subscription.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import { redisStreamLedger } from '../../src/stream-ledger/redis-stream-ledger.js';
import { logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { newSession } from '../support/sample-session.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const USER = 'gateway';
const PASSWORD = 'planted-secret';
const WORDS = RIGHTS.split(' ');
const COMMANDS = WORDS.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
/** What is not done on the connection of the commands. */
const OF_SUBSCRIPTIONS = ['subscribe', 'unsubscribe'];
const PATTERNS = WORDS.filter((word) => word.startsWith('~')).map((word) => word.slice(1));

describe.skipIf(!canStartRedis)('The health of Redis', () => {
  let server: RedisServer;
  let admin: ReturnType<typeof connectTestRedis>;
  let client: RedisClient;
  let sink: ReturnType<typeof logSink>;
  const others: RedisServer[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = connectTestRedis(server.url);
  });
  afterEach(async () => {
    await client.close();
    await admin.acl('DELUSER', USER);
    await admin.flushall();
  });
  afterAll(async () => {
    admin.disconnect();
    await Promise.all([server, ...others].map((one) => one.stop()));
  });

  const open = (url: string) => {
    sink = logSink();
    client = new RedisClient({ url, logger: sink.logger, commandTimeoutMs: 5_000 });
    return client;
  };
  const start = async (...settings: string[]) => {
    const other = await RedisServer.start(settings);
    others.push(other);
    return other;
  };
  const urlAs = (access: string, of = server) => of.url.replace('//', `//${access}@`);
  const openAs = async (...rights: string[]) => {
    await admin.acl('SETUSER', USER, 'reset', 'on', `>${PASSWORD}`, ...rights);
    return open(urlAs(`${USER}:${PASSWORD}`));
  };
  const down = async (told: RegExp) => {
    await vi.waitFor(async () =>
      expect(await client.checkHealth()).toMatchObject({
        status: 'down',
        error: expect.stringMatching(told),
      }),
    );
    expect(sink.text()).not.toContain(PASSWORD);
  };
  const up = () => vi.waitFor(async () => expect(await client.checkHealth()).toMatchObject({ status: 'up' }));

  it('is up for a user who has no other rights than those that are asked for, and all that gateways store is stored', async () => {
    const [{ logger }, session] = [logSink(), newSession()];
    await openAs(...WORDS);
    await up();
    expect(await admin.keys('*')).toEqual([]);
    const store = new RedisSessionStore({ client, logger });
    const sid = session.call_sid;
    expect(await store.setSession(sid, { n: 1 })).toBe(true);
    expect(await store.updateSession(sid, { n: 2 })).toBe(true);
    expect(await store.getSession(sid)).toMatchObject({ n: 2 });
    expect(await store.deleteSession(sid)).toBe(true);
    expect(await store.openSlot(sid).save(session)).toMatchObject({ outcome: 'stored' });
    expect(await store.endSession(sid)).toBe(true);
    const customers = new RedisCustomerCache({ client, logger });
    expect(await customers.cacheCustomer('+1', {})).toBe(true);
    expect(await customers.invalidateCustomerCache('+1')).toBe(true);
    const ledger = redisStreamLedger(client);
    expect(await ledger.propose({ callSid: sid, hop: 0 }, 'token')).toBe('token');
    expect(await ledger.propose({ callSid: sid, hop: 0 }, 'other')).toBe('token');
    expect(await ledger.claim({ callSid: sid, hop: 0 })).toBe(true);
    const kept = redisUnrecordedCalls(client);
    await kept.forget(sid);
    expect(await kept.all()).toEqual([]);
    expect(await client.run('expire', (redis) => redis.expire('finished_calls', 5), -1)).toBe(0);
    expect(sink.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each(COMMANDS.filter((command) => !OF_SUBSCRIPTIONS.includes(command)).map((command) => [command]))(
    'is down for a user who may not run %s, which is named, until he may',
    async (command) => {
      await openAs(...WORDS, `-${command}`);
      await down(
        new RegExp(`^NOPERM: the Redis user may not run ${command.toUpperCase()}:.*\\+${command}\\b`),
      );
      expect(sink.lines().find(({ level }) => level === 'error')?.msg).toMatch(command.toUpperCase());
      await admin.acl('SETUSER', USER, `+${command}`);
      await up();
    },
  );

  it.each(PATTERNS.map((pattern) => [pattern]))(
    'is down for a user who may not use the keys %s, which are named',
    async (pattern) => {
      await openAs('resetkeys', ...WORDS.filter((word) => word !== `~${pattern}`));
      await down(new RegExp(`^NOPERM: the Redis user may not use the keys ${pattern.replace('*', '\\*')}`));
      await admin.acl('SETUSER', USER, `~${pattern}`);
      await up();
    },
  );

  it('is down for a user who may not use the channels, which are named', async () => {
    await openAs('resetchannels', ...WORDS.filter((word) => !word.startsWith('&')));
    await down(/^NOPERM: the Redis user may not use a channel:.*&live:\*/);
    await admin.acl('SETUSER', USER, '&live:*', '&shop:*');
    await up();
  });

  it.each([
    ['the command', '-subscribe', /may not run SUBSCRIBE/],
    ['the channel', 'resetchannels', /may not use a channel/],
  ])('tells in the log of a subscription that is refused %s', async (_what, right, told) => {
    await openAs(...WORDS, right);
    const url = urlAs(`${USER}:${PASSWORD}`);
    const subscription = new RedisSubscription({ url, logger: sink.logger, commandTimeoutMs: 5_000 });
    onTestFinished(() => subscription.close());
    subscription.listen('live:0:watchers');
    const errors = () => sink.lines().filter(({ level }) => level === 'error');
    await vi.waitFor(() => expect(errors().map(({ msg }) => msg)).toEqual([expect.stringMatching(told)]));
  });

  it('logs a refusal that goes on once, then ever more seldom', async () => {
    await openAs(...WORDS, '-eval', '-evalsha');
    for (let n = 0; n < 30; n++) await client.checkHealth();
    const refusals = () => sink.lines().filter(({ level }) => level === 'error');
    const lines = refusals().filter(({ msg }) => /EVAL:/.test(msg)).length;
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(10);
  });

  it.each([
    ['a wrong password', `${USER}:wrong`, /^WRONGPASS/],
    ['a password in the place of the user', PASSWORD, /^WRONGPASS.*redis:\/\/:password@host/],
    ['an unknown user', `nobody:${PASSWORD}`, /^WRONGPASS/],
  ])('says of %s that it is refused', async (_name, access, told) => {
    await admin.acl('SETUSER', USER, 'on', `>${PASSWORD}`, ...WORDS);
    open(urlAs(access));
    await down(told);
  });

  it('says that a password is missing, and is up again when there is none to give', async () => {
    const other = await start('--requirepass', PASSWORD);
    open(other.url);
    await down(/^NOAUTH.*REDIS_URL/);
    const owner = connectTestRedis(urlAs(`:${PASSWORD}`, other));
    await owner.config('SET', 'requirepass', '');
    owner.disconnect();
    await up();
  });

  it.each([
    ['is full', ['--maxmemory', '1'], /^OOM.*maxmemory/],
    ['has no EVAL', ['--rename-command', 'EVAL', ''], /does not know EVAL:/],
    ['has no EVALSHA', ['--rename-command', 'EVALSHA', 'hidden'], /does not know EVALSHA:/],
    ['waits for replicas', ['--min-replicas-to-write', '1'], /^NOREPLICAS/],
    ['has room for one client', ['--maxclients', '1'], /maxclients/],
    [
      'is a replica without its master',
      ['--replicaof', '127.0.0.1 1', '--replica-serve-stale-data', 'no'],
      /^MASTERDOWN/,
    ],
    ['is a replica', ['--replicaof', '127.0.0.1 1'], /^READONLY.*master/],
    ['is a Cluster without slots', ['--cluster-enabled', 'yes'], /^CLUSTERDOWN/],
    ['has no database 20', [], /database number.*no other is used/, '/20'],
    ['has a Cluster for one database', ['--cluster-enabled', 'yes'], /only database 0/, '/3'],
    ['is no Cluster', [], /cluster support disabled/, ',redis://127.0.0.1:1'],
  ])('says so of a server that %s', async (_name, settings, told, rest = '') => {
    const other = await start(...settings);
    const only = settings.includes('--maxclients') ? connect(other.port, '127.0.0.1') : undefined;
    open(`${other.url}${rest}`);
    await down(told);
    only?.destroy();
  });

  it('says so of a node that has a part of a Cluster only', async () => {
    const node = await start('--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no');
    const owner = connectTestRedis(node.url);
    await owner.cluster('ADDSLOTSRANGE', 0, 8_000);
    open(node.url);
    await down(/^CLUSTERDOWN/);
    owner.disconnect();
  });

  it('says so of a server that cannot save', async () => {
    const other = await start(
      '--save',
      '1 1',
      '--stop-writes-on-bgsave-error',
      'yes',
      '--enable-protected-configs',
      'yes',
    );
    const owner = connectTestRedis(other.url);
    await owner.config('SET', 'dbfilename', '.');
    await owner.set('key', 'value');
    await owner.bgsave().catch(() => undefined);
    await vi.waitFor(async () =>
      expect(await owner.info('persistence')).toContain('rdb_last_bgsave_status:err'),
    );
    open(other.url);
    await down(/^MISCONF.*disk/);
    owner.disconnect();
  });

  it('says of keys that somebody else uses that they are', async () => {
    await admin.set('finished_calls', 'text');
    open(server.url);
    await down(/^WRONGTYPE: somebody keeps something else under finished_calls/);
  });

  it.each([
    ['refuses the connection', 'redis://127.0.0.1:1', /connection refused \(ECONNREFUSED\)/],
    ['has no address', 'redis://no-such-host.invalid', /ENOTFOUND/],
    ['is asked for by TLS and has none', 'rediss', /TLS|ETIMEDOUT|ECONNRESET/],
    ['is asked for by a list and is not there', 'redis://127.0.0.1:1,redis://127.0.0.1:2', /not reachable/],
    [
      'is asked for of Sentinels that are not there',
      'redis+sentinel://127.0.0.1:1/shop',
      /Sentinel|ECONNREFUSED/,
    ],
  ])('says why there is no connection with a server that %s', async (_name, url, told) => {
    open(url === 'rediss' ? server.url.replace('redis:', 'rediss:') : url);
    await down(told);
  });

  it.each([
    ['speaks TLS', Buffer.from([21, 3, 3, 0, 2, 2, 22]), /rediss:\/\//],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /does not speak its protocol/],
    [
      'is in protected mode',
      Buffer.from('-DENIED Redis is running in protected mode because\r\n'),
      /^DENIED/,
    ],
  ])('says so of a server that %s', async (_name, answer, told) => {
    const fake = await answering(answer);
    open(`redis://127.0.0.1:${portOf(fake)}`);
    await down(told);
    fake.close();
  });

  it('settles within a second, whatever the command timeout is', async () => {
    const fake = await answering(undefined);
    open(`redis://127.0.0.1:${portOf(fake)}`);
    const startedAt = performance.now();
    expect(await client.checkHealth()).toMatchObject({ status: 'down' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    fake.close();
  });
});

/** What answers like no Redis: a server that says the same to whatever comes first, and then ends; without an answer it says nothing. */
async function answering(answer: Buffer | undefined): Promise<Server> {
  const reply = (socket: Socket) => {
    socket.on('error', () => undefined);
    if (answer !== undefined) socket.once('data', () => socket.end(answer));
  };
  const server = createServer(reply).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

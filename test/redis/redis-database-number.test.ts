import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisClient } from '../../src/redis/redis-client.js';
import { logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

describe.skipIf(!canStartRedis)('The database number of Redis', () => {
  let server: RedisServer;
  let client: RedisClient;
  let sink: ReturnType<typeof logSink>;

  beforeEach(async () => {
    server = await RedisServer.start(['--databases', '4']);
    sink = logSink();
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  const open = (database: string, access = '') => {
    const url = `${server.url.replace('//', `//${access}`)}/${database}`;
    client = new RedisClient({ url, logger: sink.logger, commandTimeoutMs: 1_000 });
  };
  const set = (key = 'key') => client.run<string>('set', (redis) => redis.set(key, 'value'), 'failed');
  const keysIn = async (database: number) => {
    const redis = connectTestRedis(`${server.url}/${database}`);
    const keys = await redis.keys('*');
    redis.disconnect();
    return keys;
  };
  const stored = () => vi.waitFor(async () => expect(await set()).toBe('OK'));

  it.each(['1', '3', '03'])('is chosen where the server has %s', async (database) => {
    open(database);
    await stored();
    expect(await keysIn(Number(database))).toEqual(['key']);
    expect(await keysIn(0)).toEqual([]);
  });

  it.each(['4', '20', '9999'])('is no other one where the server does not have %s', async (database) => {
    open(database);
    for (let n = 0; n < 20; n++) expect(await set()).toBe('failed');
    const several = client.run<string[] | 'failed'>(
      'work',
      async (redis) => [await redis.echo('a'), await redis.set('key', 'value')],
      'failed',
    );
    expect(await several).toBe('failed');
    await expect
      .poll(() => client.checkHealth())
      .toMatchObject({ status: 'down', error: expect.stringMatching(/database number/) });
    for (const number of [0, 1, 2, 3]) expect(await keysIn(number)).toEqual([]);
    expect(sink.lines().filter(({ msg }) => /database number/.test(msg))).toHaveLength(1);
  });

  it('is no other one when the server comes back with fewer, and stands again when it has more', async () => {
    open('3');
    const ready = vi.fn();
    client.onReady(ready);
    await stored();
    await server.kill();
    await server.start(['--databases', '2']);
    await vi.waitFor(async () =>
      expect(await client.checkHealth()).toMatchObject({ error: expect.stringMatching(/database number/) }),
    );
    for (let n = 0; n < 20; n++) expect(await set()).toBe('failed');
    expect([await keysIn(0), await keysIn(1)]).toEqual([[], []]);
    const seen = ready.mock.calls.length;
    await server.kill();
    await server.start(['--databases', '4']);
    await stored();
    expect([await keysIn(0), await keysIn(3)]).toEqual([[], ['key']]);
    expect(ready.mock.calls.length).toBeGreaterThan(seen);
  });

  it('stands again, on the same connection, when the user may choose it', async () => {
    const admin = connectTestRedis(server.url);
    await admin.acl('SETUSER', 'gateway', 'on', '>pw', '~*', '+@all', '-select');
    open('2', 'gateway:pw@');
    expect(await set()).toBe('failed');
    expect(await client.checkHealth()).toMatchObject({ error: expect.stringMatching(/NOPERM.*SELECT/) });
    expect(await keysIn(0)).toEqual([]);
    await admin.acl('SETUSER', 'gateway', '+select');
    await stored();
    expect(await keysIn(2)).toEqual(['key']);
    admin.disconnect();
  });
});

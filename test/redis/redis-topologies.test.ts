import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import { findRedisServer, freePort, RedisServer } from '../support/redis-server.js';
import { newSession } from '../support/sample-session.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const logger = silentLogger();

async function expectUsable(url: string): Promise<void> {
  const store = new RedisSessionStore({
    client: new RedisClient({ url, logger, commandTimeoutMs: 10_000 }),
    logger,
  });
  await vi.waitFor(async () => expect(await store.setSession('CA1', { n: 0 })).toBe(true));
  const updates = Array.from({ length: 20 }, (_, n) => store.updateSession('CA1', { [`n${n}`]: n }));
  expect(new Set(await Promise.all(updates))).toEqual(new Set([true]));
  expect(await store.getSession('CA1')).toMatchObject({ call_sid: 'CA1', n: 0, n0: 0, n19: 19 });
  await expect.poll(() => store.checkHealth()).toMatchObject({ status: 'up' });
  expect(await store.deleteSession('CA1')).toBe(true);
  const session = newSession();
  const slot = store.openSlot(session.call_sid);
  expect(await slot.save(session)).toMatchObject({ outcome: 'stored' });
  expect(await store.endSession(session.call_sid)).toBe(true);
  expect(await slot.save(session)).toEqual({ outcome: 'fenced' });
  await store.close();
}

describe.skipIf(!canStartRedis)('A Redis Cluster', () => {
  let node: RedisServer;
  beforeAll(async () => {
    node = await RedisServer.start(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    const admin = connectTestRedis(node.url);
    await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
    await vi.waitFor(async () => expect(await admin.cluster('INFO')).toContain('cluster_state:ok'), {
      timeout: 30_000,
      interval: 200,
    });
    admin.disconnect();
  });
  afterAll(() => node.stop());

  it('serves sessions', () => expectUsable(`${node.url},${node.url}`));

  it('fails in time while it is stopped, and serves again afterwards', async () => {
    const client = new RedisClient({ url: `${node.url},${node.url}`, logger, commandTimeoutMs: 300 });
    const get = () => client.run<string | null>('get', (redis) => redis.get('key'), 'failed');
    await vi.waitFor(async () => expect(await get()).toBeNull());
    node.pause();
    expect(await Promise.all([get(), get(), get()])).toEqual(['failed', 'failed', 'failed']);
    node.resume();
    await vi.waitFor(async () => expect(await get()).toBeNull());
    await client.close();
  });
});

describe.skipIf(!canStartRedis)('A Redis behind Sentinel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bayline-sentinel-'));
  let master: RedisServer;
  let sentinel: ChildProcess;
  let port: number;
  beforeAll(async () => {
    master = await RedisServer.start();
    port = await freePort();
    const config = join(folder, 'sentinel.conf');
    writeFileSync(config, `port ${port}\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 ${master.port} 1\n`);
    sentinel = spawn(findRedisServer() ?? '', [config, '--sentinel'], { stdio: 'ignore', cwd: folder });
  });
  afterAll(async () => {
    sentinel.kill('SIGKILL');
    await master.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found by the name of its master, in its database', async () => {
    await expectUsable(`redis+sentinel://127.0.0.1:${port}/shop/3`);
  });
});

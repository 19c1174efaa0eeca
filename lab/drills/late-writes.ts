import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import type { Session } from '../../src/sessions/session.js';
import { newSession } from '../../src/sessions/stored-session.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { DrillRow } from '../drill-topic.js';

const ROUNDS = 500;
const HELD_MS = 2000;

/** The network keeps a gateway's writes back for 2 s while another takes the calls over; then they arrive. */
export async function lateWrites(): Promise<DrillRow[]> {
  const server = await RedisServer.start();
  const network = await TcpProxy.listen({ host: '127.0.0.1', port: server.port });
  const [slow, quick] = [storeAt(network.port), storeAt(server.port)];
  const redis = new Redis(server.url);
  try {
    const sessions = Array.from({ length: ROUNDS }, (_, n) => sessionOf(n));
    const slots = sessions.map((session) => slow.openSlot(session.call_sid));
    const saveAll = (change: Partial<Session>) =>
      Promise.all(slots.map((slot, n) => slot.save({ ...(sessions[n] ?? sessionOf(n)), ...change })));
    await saveAll({});
    network.hold('toServer');
    const late = saveAll({ interruptions: 1 });
    const next = { stream_sid: 'MZ2', resumes: 1, interruptions: 2 };
    for (const session of sessions)
      await quick.openSlot(session.call_sid, 60, session).save({ ...session, ...next });
    await late;
    await pause(HELD_MS);
    const before = await scriptsRun(redis);
    network.release('toServer');
    await untilQuiet(redis);
    const arrived = (await scriptsRun(redis)) - before;
    const stored = await Promise.all(sessions.map((session) => quick.getSession(session.call_sid)));
    const kept = stored.filter((session) => session?.interruptions === 2).length;
    while ((await slow.checkHealth()).status !== 'up') await pause(50);
    const refused = await untilAllFenced(() => saveAll({ interruptions: 3 }));
    return [row({ arrived, kept, refused })];
  } finally {
    redis.disconnect();
    await Promise.all([slow.close(), quick.close()]);
    await network.close();
    await server.stop();
  }
}

function row({ arrived, kept, refused }: Readonly<Record<'arrived' | 'kept' | 'refused', number>>): DrillRow {
  return {
    fault: `Writes are held back for ${HELD_MS / 1000} s and arrive after newer ones`,
    required: 'the newer one stands, and who is late is told so',
    seen: `${arrived} late writes arrived; ${kept} of ${ROUNDS} newer ones stand, ${refused} told`,
    held: arrived >= ROUNDS && kept === ROUNDS && refused === ROUNDS,
  };
}

function storeAt(port: number): RedisSessionStore {
  const logger = silentLogger();
  return new RedisSessionStore({
    client: new RedisClient({ url: `redis://127.0.0.1:${port}`, logger }),
    logger,
  });
}

function sessionOf(n: number): Session {
  return newSession({
    callSid: `CA-late-${n}`,
    streamSid: 'MZ1',
    callerPhone: 'anonymous',
    attestation: null,
  });
}

async function scriptsRun(redis: Redis): Promise<number> {
  const calls = (await redis.info('commandstats')).matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g);
  return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function untilQuiet(redis: Redis): Promise<void> {
  for (let before = -1, now = 0; now !== before; now = await scriptsRun(redis)) {
    before = now;
    await pause(300);
  }
}

/** Some may be skipped at first, while Redis is still taken for gone. */
async function untilAllFenced(saveAll: () => Promise<readonly { outcome: string }[]>): Promise<number> {
  for (let tries = 1; ; tries++) {
    const results = await saveAll();
    const fenced = results.filter(({ outcome }) => outcome === 'fenced').length;
    if (fenced === results.length || tries === 20) return fenced;
    await pause(500);
  }
}

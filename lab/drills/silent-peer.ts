import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { DrillRow } from '../drill-topic.js';
import { linesOf, metric, startAttacked, twilioTo } from './attacked-gateway.js';

const IDLE_MS = 5000;

/** The way to the peer ends without a word: no FIN, no RST. */
export async function silentPeer(): Promise<DrillRow[]> {
  const server = await RedisServer.start();
  const redis = new Redis(server.url);
  const gateway = await startAttacked({
    AGENT: 'keypad',
    REDIS_URL: server.url,
    STREAM_IDLE_TIMEOUT_MS: String(IDLE_MS),
  });
  const proxy = await TcpProxy.listen({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) });
  const twilio = twilioTo(`http://127.0.0.1:${proxy.port}`);
  try {
    const call = twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    proxy.stop();
    const silentAt = Date.now();
    const deadMs = (await untilGivenUp(gateway, silentAt)) - silentAt;
    await pause(500);
    const live = await metric(gateway, 'bayline_live_calls');
    const stored = await redis.get(`session:${call.callSid}`);
    twilio.routeTo(gateway.url);
    call.dropSocket();
    await call.untilEvent(
      'audio after the break',
      (event) => event.kind === 'agent-speaks' && Date.now() > silentAt + deadMs,
    );
    await call.untilSpeaking();
    const resumed = await metric(gateway, 'bayline_calls_started_total', 'resumed="true"');
    const fault = 'a peer that is silent from one moment to the next, without FIN';
    return [
      {
        fault,
        required: `dead after ${IDLE_MS / 1000} s, 1 s more or less, its agent stopped`,
        seen: `${(deadMs / 1000).toFixed(2)} s, ${live} live calls`,
        held: Math.abs(deadMs - IDLE_MS) <= 1000 && live === 0,
      },
      {
        fault,
        required: 'its session waits, and the call goes on when it comes back',
        seen: `${stored ? 'stored' : 'gone'}, ${resumed} resumed`,
        held: stored !== null && resumed === 1,
      },
    ];
  } finally {
    await twilio.close();
    await proxy.close();
    await gateway.stop();
    redis.disconnect();
    await server.stop();
  }
}

/** When the gateway said that the stream is dead (ms since 1970); NaN when it did not within 15 s. */
async function untilGivenUp(gateway: Parameters<typeof linesOf>[0], since: number): Promise<number> {
  const lines = () => linesOf(gateway, 'no message for too long');
  while (lines().length === 0 && Date.now() - since < 15_000) await pause(20);
  return lines()[0]?.time ?? Number.NaN;
}

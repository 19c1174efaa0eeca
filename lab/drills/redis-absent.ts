import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { figure, liveSessions } from './gateway-views.js';
import { equalRow, speakingCalls, untilEqual, withRig } from './redis-rig.js';
import { isAnswered } from './webhook-probe.js';

const CALLS = 5;
const ANSWER_WITHIN_MS = 600;
const BOOT_WITHIN_MS = 2000;
const ALWAYS_OPEN = { SHOP_HOURS: 'Mon-Sun 00:00-23:59', SHOP_BAYS: '100' };

type Finding = Omit<DrillRow, 'fault'>;

export const topic: Drill = {
  title: 'There is no Redis: when the gateway starts, and when a call arrives',
  async drill() {
    return [
      ...(await atBoot()),
      ...(await atACall('refuses connections')),
      ...(await atACall('stands still')),
    ];
  },
};

async function atBoot(): Promise<DrillRow[]> {
  const server = await RedisServer.start();
  const bootMs = async (settings: Readonly<Record<string, string>>) => {
    const startedAt = performance.now();
    const gateway = await GatewayProcess.listen({ REDIS_URL: server.url, ...settings });
    return { gateway, ms: performance.now() - startedAt };
  };
  const usual = await bootMs({});
  await usual.gateway.stop();
  await server.kill();
  const { gateway, ms } = await bootMs(ALWAYS_OPEN);
  try {
    const { status, body } = await untilReady(gateway);
    return [
      {
        required: `listens within ${BOOT_WITHIN_MS} ms, or no later than with Redis`,
        seen: `${ms.toFixed(0)} ms, ${usual.ms.toFixed(0)} ms with Redis`,
        held: ms <= Math.max(BOOT_WITHIN_MS, usual.ms * 1.1),
      },
      {
        required: 'ready, and degraded',
        seen: `${status} ${body}`,
        held: status === 200 && body.includes('degraded') && body.includes('redis'),
      },
    ].map((finding) => ({ ...finding, fault: 'No Redis when the gateway starts' }));
  } finally {
    await gateway.stop();
    await server.stop();
  }
}

async function untilReady({ url }: GatewayProcess): Promise<{ status: number; body: string }> {
  for (;;) {
    const response = await fetch(`${url}/health/ready`);
    const body = await response.text();
    if (response.status === 200) return { status: response.status, body };
    await new Promise((later) => setTimeout(later, 50));
  }
}

async function atACall(how: 'refuses connections' | 'stands still'): Promise<DrillRow[]> {
  const fault = `Redis ${how} when calls arrive`;
  return withRig({ settings: ALWAYS_OPEN }, async ({ server, gateway, twilio }) => {
    if (how === 'stands still') server.pause();
    else await server.kill();
    const startedAt = performance.now();
    const answered = await isAnswered(gateway.url);
    const answerMs = performance.now() - startedAt;
    const problems = await bookings(twilio, gateway);
    await speakingCalls(twilio, CALLS);
    if (how === 'stands still') server.resume();
    else await server.start();
    const equal = equalRow(fault, CALLS, await untilEqual(server.url, gateway, CALLS));
    const booked = await figure(gateway.url, 'bayline_bookings_total{result="booked"}');
    const findings: Finding[] = [
      {
        required: `the webhook is answered within ${ANSWER_WITHIN_MS} ms`,
        seen: answered ? `${answerMs.toFixed(0)} ms` : 'not answered',
        held: answered && answerMs <= ANSWER_WITHIN_MS,
      },
      {
        required: 'each caller books by keys',
        seen: problems.length === 0 ? `${booked} of ${CALLS}` : problems.slice(0, 3).join('; '),
        held: problems.length === 0 && booked === CALLS,
      },
    ];
    return [...findings.map((finding) => ({ ...finding, fault })), equal];
  });
}

async function bookings(twilio: TwilioSimulator, gateway: GatewayProcess): Promise<string[]> {
  const look = async (callSid: string): Promise<Session | null> =>
    (await liveSessions(gateway.url)).get(callSid) ?? null;
  const calls = Array.from({ length: CALLS }, (_, n) =>
    twilio.call({ from: `+1512555${1000 + n}`, keepAudio: false, patienceMs: 60_000 }),
  );
  return (await Promise.all(calls.map((call) => bookByKeys(call, look)))).flat();
}

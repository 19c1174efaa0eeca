import { setTimeout as pause } from 'node:timers/promises';
import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { StreamMessages } from '../../test/support/stream-messages.js';
import type { DrillRow } from '../drill-topic.js';
import {
  linesOf,
  mostHeldDuring,
  openStream,
  sealedPath,
  startAttacked,
  twilioTo,
} from './attacked-gateway.js';
import { frame } from './raw-socket.js';

const DEAF_CALLS = 20;

/** Callers whose sockets send frames, but do not read what the agent says. */
export async function unresponsivePeers(): Promise<DrillRow[]> {
  const gateway = await startAttacked({ AGENT: 'keypad' });
  const twilio = twilioTo(gateway.url);
  try {
    const before = await mostHeldDuring(gateway, () => goodCalls(twilio));
    const good = twilio.call({ keepAudio: false, patienceMs: 60_000 });
    await good.untilSpeaking();
    const ended = () => linesOf(gateway, 'the peer has stopped reading');
    const most = await mostHeldDuring(gateway, async () => {
      const deaf = await Promise.all(Array.from({ length: DEAF_CALLS }, () => startDeaf(gateway)));
      for (let looks = 0; ended().length < DEAF_CALLS && looks < 600; looks += 1) await pause(100);
      for (const stop of deaf) stop();
    });
    const stalls = linesOf(gateway, 'A mark is 2 s late');
    const afterMs = ended().map(
      ({ time, callSid }) => time - (stalls.find((stall) => stall.callSid === callSid)?.time ?? 0),
    );
    const { state, record } = good;
    await good.hangUp();
    return deafRows({
      afterMs,
      each: (most - before) / DEAF_CALLS,
      state,
      errors: record.protocolErrors.length,
    });
  } finally {
    await twilio.close();
    await gateway.stop();
  }
}

function deafRows(seen: { afterMs: number[]; each: number; state: string; errors: number }): DrillRow[] {
  const { afterMs, each, state, errors } = seen;
  const [fault, worst] = [`${DEAF_CALLS} callers whose sockets stop reading`, Math.max(...afterMs)];
  return [
    {
      fault,
      required: 'audio stops when a mark is 2 s late, the stream is dead within 10 s of that',
      seen: `${afterMs.length} dead, ${(worst / 1000).toFixed(1)} s after it at most`,
      held: afterMs.length === DEAF_CALLS && worst <= 10_000,
    },
    {
      fault,
      required: 'at most 2 MB a call more than as many callers who read',
      seen: `${each.toFixed(2)} MB`,
      held: each <= 2,
    },
    {
      fault,
      required: 'another call goes on',
      seen: `${state}, ${errors} errors of the protocol`,
      held: state === 'streaming' && errors === 0,
    },
  ];
}

async function goodCalls(twilio: TwilioSimulator): Promise<void> {
  const calls = Array.from({ length: DEAF_CALLS }, () => twilio.call({ keepAudio: false }));
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  await pause(20_000);
  await Promise.all(calls.map((call) => call.hangUp()));
}

async function startDeaf(gateway: GatewayProcess): Promise<() => void> {
  const callSid = newSid('CA');
  const raw = await openStream(gateway.url, sealedPath(callSid));
  raw.socket.pause();
  const messages = new StreamMessages(newSid('MZ'), callSid);
  raw.socket.write(frame(JSON.stringify(messages.start())));
  let atMs = 0;
  const speaking = setInterval(() => {
    atMs += 20;
    if (raw.socket.writable) raw.socket.write(frame(JSON.stringify(messages.media(undefined, atMs))));
  }, 20);
  return () => {
    clearInterval(speaking);
    raw.socket.destroy();
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Drill, DrillRow } from '../drill-topic.js';
import { type DrillGateway, openGateway, twilioAt } from './drill-gateway.js';
import { longestWaitMs } from './ear.js';
import { figure } from './gateway-views.js';
import { BOOKING_SCRIPT } from './talking-calls.js';
import { SharedVoice, TalkingRig } from './talking-rig.js';

/** Each has two sessions that fail: more than opens the breaker. */
const FIRST_CALLS = 6;
const CALLS = 20;
const SILENCE_MS = 2500;
const SLACK_MS = 250;
/** Of a machine that also plays the callers. */
const SLOWER_BY_MS = 50;
/** The longest time between two probes. */
const BACK_WITHIN_MS = 65_000;
const LISTEN_MS = 800;
const LOOK_MS = 1000;

export const topic: Drill = {
  title: `The model does not answer for a while: ${FIRST_CALLS} calls find out, ${CALLS} calls during it, and after`,
  async drill() {
    const voice = new SharedVoice();
    const rig = await TalkingRig.open({ script: BOOKING_SCRIPT, voice });
    const keypad = await openGateway({ voice }, { AGENT: 'keypad' });
    const [gateway] = rig.gateways;
    try {
      if (!gateway) throw new Error('There is no gateway.');
      return await outage(rig, gateway, keypad);
    } finally {
      await rig.close();
      await keypad.close();
      await voice.end();
    }
  },
};

async function outage(rig: TalkingRig, gateway: DrillGateway, keypad: DrillGateway): Promise<DrillRow[]> {
  rig.openWith({ hang: true }, Number.POSITIVE_INFINITY);
  const first = await findOut(rig);
  const before = await errors(gateway);
  const without: number[] = [];
  const during: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    without.push(await firstPromptMs(keypad, n));
    during.push(await firstPromptMs(gateway, n));
  }
  const tried = (await errors(gateway)) - before;
  rig.openWith({}, 0);
  const backMs = await untilBack(rig, gateway);
  const slowerMs = median(during) - median(without);
  return [
    {
      fault: 'it hangs; nobody knows yet',
      required: `no silence over ${SILENCE_MS} ms, then keys`,
      seen: `longest ${Math.max(...first).toFixed(0)} ms in ${first.length} calls`,
      held: Math.max(...first) <= SILENCE_MS + SLACK_MS,
    },
    {
      fault: 'it hangs; the breaker is open',
      required: `from start to the menu's first sound as without a model (${SLOWER_BY_MS} ms more at most)`,
      seen: `median ${median(during).toFixed(0)} ms, worst ${Math.max(...during).toFixed(0)} ms; without a model ${median(without).toFixed(0)} and ${Math.max(...without).toFixed(0)} ms`,
      held: slowerMs <= SLOWER_BY_MS,
    },
    {
      fault: 'it hangs; the breaker is open',
      required: 'calls try no connection, probes alone do',
      seen: `${tried} failed connections during ${during.length} calls`,
      held: tried <= 2,
    },
    {
      fault: 'it answers again',
      required: `calls begin with it within ${BACK_WITHIN_MS / 1000} s`,
      seen: backMs === null ? 'not in time' : `after ${(backMs / 1000).toFixed(1)} s`,
      held: backMs !== null,
    },
  ];
}

/** The longest silence of each of the calls that find out. */
async function findOut(rig: TalkingRig): Promise<number[]> {
  const calls = Array.from({ length: FIRST_CALLS }, (_, n) => rig.call(`+1512820000${n}`));
  await Promise.all(calls.map((call) => call.untilState('streaming')));
  // Two sessions of two seconds each, and the menu has begun.
  await pause(12_000);
  const records = await Promise.all(calls.map((call) => call.hangUp()));
  return records.map((record) => longestWaitMs(record, true));
}

function errors({ url }: DrillGateway): Promise<number> {
  return figure(url, 'bayline_model_errors_total{code="timeout"}');
}

async function firstPromptMs(gateway: DrillGateway, n: number): Promise<number> {
  const twilio = twilioAt(gateway);
  const call = twilio.call({ from: `+1512821${1000 + n}` });
  await call.untilSpeaking();
  await pause(LISTEN_MS);
  const { firstAudioDelayMs } = await call.hangUp();
  await twilio.close();
  return firstAudioDelayMs ?? Number.POSITIVE_INFINITY;
}

/** How long it took until a call had a session of the model; null: too long. */
async function untilBack(rig: TalkingRig, gateway: DrillGateway): Promise<number | null> {
  const since = performance.now();
  for (let n = 0; performance.now() - since < BACK_WITHIN_MS; n += 1) {
    await firstPromptMs(gateway, 500 + n);
    const heard = rig.model.sessions.some(({ events }) =>
      events.some(({ type }) => type === 'input_audio_buffer.append'),
    );
    if (heard) return performance.now() - since;
    await pause(LOOK_MS);
  }
  return null;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

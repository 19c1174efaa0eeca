import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { GatewayError } from '../../src/core/errors.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { AFTER_STOP, type Mood } from '../../test/support/moody-agent.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import {
  type DrillGateway,
  openGateway,
  TRANSFER_NUMBER,
  twilioAt,
  withTwoGateways,
} from './drill-gateway.js';
import { figure, liveSessions } from './gateway-views.js';
import { factoryOf, MoodyCall, reachMenu } from './moody-calls.js';
import { RivalStream } from './rival-stream.js';
import { storedSession } from './shared-shop.js';

const WORDS_WITHIN_MS = 2000;
/** Ticks of 20 ms on both sides, and timers. */
const SLACK_MS = 250;
/** A machine on which this process stands still for longer (gateway, callers and voice are in it) measures nothing. */
const MAX_STALL_MS = 750;
const MAX_STREAMS = 4;
const FAULTS: readonly (readonly [Mood, string])[] = [
  ['refuses', 'the agent refuses to start'],
  ['slow', 'the agent is 10 s slow'],
  ['dies', 'the agent dies in mid-sentence'],
  ['stops', 'the agent falls silent in mid-sentence'],
  ['expires', "the agent's session expires"],
  ['garbage', 'the agent emits garbage'],
];

export const topic: Drill = {
  title: `Agents that fail, streams that break at once, two streams of one call (words within ${WORDS_WITHIN_MS} + ${SLACK_MS} ms, and the longest block of the event loop)`,
  async drill() {
    const server = await RedisServer.start();
    const redis = new Redis(server.url);
    const shared = { REDIS_URL: server.url };
    try {
      return [
        ...(await moods()),
        await person(),
        await resumeLoop('no Redis', {}),
        await resumeLoop('a Redis in common', shared),
        await withTwoGateways(shared, (older, newer) => twoStreams(older, newer, redis)),
      ];
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};

/** Every mood on a call of its own, all at once; before them an agent without a fault, for the baseline. */
async function moods(): Promise<DrillRow[]> {
  const calls = FAULTS.map(([mood], n) => new MoodyCall(mood, `+1512800000${n}`));
  const sound = new MoodyCall('normal', '+15128000099');
  const gateway = await openGateway({ createAgent: factoryOf([...calls, sound]) });
  try {
    const baselineMs = await firstWords(gateway, sound);
    const loop = monitorEventLoopDelay({ resolution: 10 });
    loop.enable();
    const fates = await Promise.all(calls.map((call) => survive(gateway, call)));
    const stallMs = Math.round(loop.max / 1e6);
    return fates.map((fate, n) => rowOf(FAULTS[n]?.[1] ?? '', fate, baselineMs, stallMs));
  } finally {
    await gateway.close();
  }
}

async function firstWords(gateway: DrillGateway, moody: MoodyCall): Promise<number> {
  const call = twilioAt(gateway).call({ from: moody.from, onAudio: moody.onAudio });
  await call.untilState('streaming');
  const startedAt = performance.now();
  await call.untilSpoken();
  await call.hangUp();
  return moody.longestWaitMs(startedAt);
}

/** What became of one call. */
interface Fate {
  readonly waitMs: number;
  readonly silenceMs: number;
  readonly menuMs: number;
  readonly agents: number;
  readonly streams: number;
  readonly problems: readonly string[];
}

async function survive(gateway: DrillGateway, moody: MoodyCall): Promise<Fate> {
  const call = twilioAt(gateway).call({ from: moody.from, stir: null, onAudio: moody.onAudio });
  await call.untilState('streaming');
  const startedAt = performance.now();
  const session = await reachMenu(call, async () => (await liveSessions(gateway.url)).get(call.callSid));
  const [menuMs, silenceMs] = [performance.now() - startedAt, moody.longestSilenceMs];
  const streams = call.record.of('stream-started').length;
  await call.hangUp();
  const said = session?.conversation_history.map(({ content }) => content) ?? [];
  const wrong: readonly (readonly [boolean, string])[] = [
    [session === null, 'the menu was not reached'],
    [session?.collected_data.note !== 'a rattle', 'what was collected is lost'],
    [!said.includes('pressed 1'), 'the history is lost'],
    [said.some((words) => words.includes(AFTER_STOP)), 'a stopped agent was heard'],
    [said.some((words) => words.includes('without a voice')), 'words without sound are in the history'],
    [moody.agents.some((agent) => !agent.stopped), 'an agent was not stopped'],
  ];
  return {
    waitMs: moody.longestWaitMs(startedAt),
    silenceMs,
    menuMs,
    agents: moody.agents.length,
    streams,
    problems: wrong.flatMap(([is, what]) => (is ? [what] : [])),
  };
}

function rowOf(fault: string, fate: Fate, baselineMs: number, stallMs: number): DrillRow {
  const { waitMs, silenceMs, menuMs, agents, streams, problems } = fate;
  const withinMs = WORDS_WITHIN_MS + SLACK_MS + Math.min(stallMs, MAX_STALL_MS);
  return {
    fault,
    required: `words within ${WORDS_WITHIN_MS} ms, one more try, then touch-tone in the same stream, context kept`,
    seen: [
      `words after ${waitMs.toFixed(0)} ms at most (sound agent ${baselineMs.toFixed(0)}; event loop blocked for ${stallMs} ms at worst)`,
      `longest silence ${(silenceMs / 1000).toFixed(1)} s`,
      `${agents} agents, ${streams} stream`,
      `the menu understood a key after ${(menuMs / 1000).toFixed(1)} s`,
      ...problems,
    ].join(', '),
    held: waitMs <= withinMs && agents === 2 && streams === 1 && problems.length === 0,
  };
}

const BROKEN_VOICE: TextToSpeech = {
  synthesize: () => Promise.reject(new GatewayError('SPEECH_FAILED', 'The voice is broken for this drill.')),
  close: async () => undefined,
};

async function person(): Promise<DrillRow> {
  const moody = new MoodyCall('refuses', '+15128000050');
  const gateway = await openGateway({ createAgent: factoryOf([moody]), voice: BROKEN_VOICE });
  const call = twilioAt(gateway).call({ from: moody.from });
  const record = await bounded(call).finally(() => gateway.close());
  const [start, dial] = [record.of('stream-started')[0], record.of('dial')[0]];
  const ms = start && dial ? dial.at - start.at : Number.POSITIVE_INFINITY;
  return {
    fault: 'the agent refuses to start, and the voice of the touch-tone agent fails',
    required: `a person is dialled within ${WORDS_WITHIN_MS} ms`,
    seen: `${JSON.stringify(record.outcome)} after ${ms.toFixed(0)} ms, ${moody.agents.length} agents before`,
    held: ms <= WORDS_WITHIN_MS + SLACK_MS && dial?.number === TRANSFER_NUMBER && moody.agents.length === 2,
  };
}

/** The call as it ended; it is hung up when it has not after half a minute. */
async function bounded(call: TwilioCall) {
  const ended = call.untilEnded();
  await Promise.race([ended, pause(30_000, undefined, { ref: false })]);
  return call.hangUp();
}

/** Each stream breaks as soon as it has started; the next webhook and the next stream go to the other gateway. */
function resumeLoop(stores: string, settings: Readonly<Record<string, string>>): Promise<DrillRow> {
  return withTwoGateways(settings, async (one, other) => {
    const twilio = twilioAt(one);
    const call = twilio.call({ from: '+15128000060' });
    let streams = 0;
    call.onEvent(({ kind }) => {
      if (kind !== 'stream-started') return;
      streams += 1;
      twilio.routeTo(streams % 2 === 0 ? one.url : other.url);
      setImmediate(() => call.dropSocket());
    });
    const { outcome, durationMs } = await bounded(call);
    return {
      fault: `every stream breaks at once, two gateways in turn, ${stores}`,
      required: `${MAX_STREAMS} streams at most, then a person`,
      seen: `${streams} streams, ${JSON.stringify(outcome)} after ${(durationMs / 1000).toFixed(1)} s`,
      held: streams === MAX_STREAMS && outcome?.kind === 'dial',
    };
  });
}

async function twoStreams(older: DrillGateway, newer: DrillGateway, redis: Redis): Promise<DrillRow> {
  const from = '+15128000070';
  const call = twilioAt(older).call({ from, patienceMs: 10_000 });
  await call.untilSpeaking();
  const rival = await RivalStream.open(newer, call.callSid, from);
  await rival.untilHeard(WORDS_WITHIN_MS + SLACK_MS);
  const before = await storedSession(redis, call.callSid);
  // A key on the older stream is a change that its gateway wants to write.
  if (call.state === 'streaming') call.press('1');
  const end = await call
    .untilEvent('the older stream ends', ({ kind }) => kind === 'stream-ended')
    .then(
      (closed) => ('end' in closed ? closed.end.detail : ''),
      () => 'the older stream stays open',
    );
  await call.vanish();
  rival.press('2');
  await pause(1000);
  const after = await storedSession(redis, call.callSid);
  const live = await Promise.all([older, newer].map(({ url }) => figure(url, 'bayline_live_calls')));
  const owner = [before, after].every((session) => session?.stream_sid === rival.streamSid);
  const keys = after?.conversation_history.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
  const isOpen = rival.end === null;
  rival.stop();
  return {
    fault: 'two streams of one call, at two gateways',
    required: 'the newer has the call, the older is closed with 1001 and writes nothing',
    seen: `${end}; ${owner ? 'the newer owns' : 'the newer does not own'} the session, keys in it: ${keys}, calls live: ${live.join(' and ')}, the newer ${isOpen ? 'goes on' : 'ended'} after ${rival.heardMs.toFixed(0)} ms of audio`,
    held:
      end.includes('1001') &&
      owner &&
      String(keys) === 'pressed 2' &&
      String(live) === '0,1' &&
      isOpen &&
      rival.heardMs > 0,
  };
}

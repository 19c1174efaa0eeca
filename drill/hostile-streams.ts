import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import type { Drill, DrillRow } from '../src/cli/drill-topic.js';
import { newSid } from '../src/simulator/call-form.js';
import type { TwilioSimulator } from '../src/simulator/twilio-simulator.js';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import { RedisServer } from '../test/support/redis-server.js';
import { expectedOf, type FuzzMessage, fuzzedStream } from '../test/support/stream-fuzz.js';
import { callSidOf, StreamMessages } from '../test/support/stream-messages.js';
import { TcpProxy } from '../test/support/tcp-proxy.js';
import {
  EchoedCalls,
  inTurns,
  isAlive,
  metric,
  residentMb,
  sealedPath,
  startAttacked,
  streamSignature,
  twilioTo,
} from './attacked-gateway.js';
import { frame, handshake, RawSocket } from './raw-socket.js';

const LIVE_CALLS = 20;
const SOCKETS = 20;
const SEQUENCES = 1000;
const DEAF_CALLS = 20;
const IDLE_MS = 5000;
/** Audio goes out 200 ms ahead: a caller hears nothing of that. */
const LATER_BY_MS = 100;

export const topic: Drill = {
  title: `Streams that break the protocol, stop reading or fall silent, beside ${LIVE_CALLS} live calls`,
  async drill() {
    return [...(await badFrames()), ...(await deafPeers()), ...(await silentPeer())];
  },
};

interface Attack {
  readonly name: string;
  /** The codes that may end it. */
  readonly ends: readonly number[];
  readonly bytes: () => readonly Buffer[];
}

const ATTACKS: readonly Attack[] = [
  { name: '64 KiB and a byte', ends: [1009], bytes: () => [frame('x'.repeat(65_537))] },
  {
    name: 'a length of 1 TB',
    ends: [1009],
    bytes: () => [Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0])],
  },
  {
    name: '16,000 fragments of a byte',
    ends: [1008],
    bytes: () =>
      Array.from({ length: 16_000 }, (_, n) => frame('x', { opcode: n === 0 ? 1 : 0, fin: false })),
  },
  {
    name: 'text that is no UTF-8',
    ends: [1007],
    bytes: () => [frame(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  },
  { name: 'a frame without a mask', ends: [1002], bytes: () => [frame('{}', { masked: false })] },
  { name: 'reserved bits', ends: [1002], bytes: () => [frame('{}', { reserved: 7 })] },
  { name: 'an opcode that is none', ends: [1002], bytes: () => [frame('{}', { opcode: 5 })] },
  { name: 'a binary frame', ends: [1003], bytes: () => [frame('{}', { opcode: 2 })] },
  { name: '21 malformed messages', ends: [1008], bytes: () => Array.from({ length: 21 }, () => frame('{')) },
  {
    name: '10,000 pings',
    ends: [1008],
    bytes: () => Array.from({ length: 10_000 }, () => frame('x', { opcode: 9 })),
  },
];

async function badFrames(): Promise<DrillRow[]> {
  const gateway = await startAttacked({ AGENT: 'echo' });
  const twilio = twilioTo(gateway.url);
  try {
    const live = new EchoedCalls(twilio, LIVE_CALLS);
    await live.untilEchoed();
    const before = await live.during(() => pause(5000));
    const rows: DrillRow[] = [];
    const { frames, due, p99 } = await live.during(async () => {
      for (const attack of ATTACKS) rows.push(await attackWith(attack, gateway));
      rows.push(...(await fuzz(gateway)));
    });
    rows.push({
      fault: 'all of these',
      required: `no live call is hurt, frame p99 at most ${LATER_BY_MS} ms above the baseline of the same run`,
      seen: `${live.live} of ${LIVE_CALLS} calls, ${frames} of ${due.toFixed(0)} frames, p99 ${p99.toFixed(1)} ms apart, ${before.p99.toFixed(1)} ms before`,
      held: live.live === LIVE_CALLS && frames >= due * 0.98 && p99 <= before.p99 + LATER_BY_MS,
    });
    return rows;
  } finally {
    await twilio.close();
    await gateway.stop();
  }
}

async function attackWith({ name, ends, bytes }: Attack, gateway: GatewayProcess): Promise<DrillRow> {
  const before = residentMb(gateway.pid);
  const sockets: RawSocket[] = [];
  const most = await mostHeldDuring(gateway, async () => {
    sockets.push(...(await Promise.all(Array.from({ length: SOCKETS }, () => openStream(gateway)))));
    for (const { socket } of sockets) socket.write(Buffer.concat([...bytes()]));
    await Promise.race([Promise.all(sockets.map((each) => each.untilClosed())), pause(8000)]);
  });
  const codes = sockets.map((each) => each.closeCode);
  for (const { socket } of sockets) socket.destroy();
  const wrong = codes.filter((code) => !ends.includes(code));
  return {
    fault: `${SOCKETS} streams: ${name}`,
    required: `closed with ${ends.join(' or ')}, at most 8 MB more held`,
    seen: `${[...new Set(codes)].map((code) => (code === 1006 ? 'open' : code)).join(', ')}; ${Math.max(0, most - before).toFixed(1)} MB more`,
    held: wrong.length === 0 && most - before <= 8 && (await isAlive(gateway)),
  };
}

async function openStream(gateway: GatewayProcess, path = sealedPath()): Promise<RawSocket> {
  const raw = await RawSocket.open(gateway.url);
  raw.socket.write(handshake(path, { 'X-Twilio-Signature': streamSignature(path) }));
  await raw.untilAnswered();
  if (raw.status !== 101) throw new Error(`A good upgrade was answered with ${raw.status}.`);
  return raw;
}

async function fuzz(gateway: GatewayProcess): Promise<DrillRow[]> {
  const wrong: string[] = [];
  const sequences = fc.sample(fuzzedStream, SEQUENCES);
  await inTurns(SEQUENCES, 10, async (n) => {
    const messages = sequences[n] ?? [];
    const { closedWith } = expectedOf(messages);
    const code = await play(gateway, messages);
    if (code !== (closedWith ?? 'open')) wrong.push(`${code} for ${closedWith ?? 'open'}`);
  });
  const faults = gateway.log.filter((line) => /"level":"(error|fatal)"/.test(line)).length;
  return [
    {
      fault: `${SEQUENCES} sequences of messages, good and bad, in any order`,
      required: 'each stream ends as the model says, nothing is thrown',
      seen: `${SEQUENCES - wrong.length} of ${SEQUENCES} ${wrong.slice(0, 3).join('; ')}, ${faults} errors logged`,
      held: wrong.length === 0 && faults === 0 && (await isAlive(gateway)),
    },
  ];
}

/** With what code the gateway ends the stream, or `open` when it still answers behind the last message. */
async function play(gateway: GatewayProcess, messages: readonly FuzzMessage[]): Promise<number | 'open'> {
  const callSid = newSid('CA');
  const path = sealedPath(callSid);
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, {
    headers: { 'X-Twilio-Signature': streamSignature(path) },
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  for (const { text, meaning } of messages) {
    const own = text.replaceAll(callSidOf(1), callSid);
    if (meaning.is === 'binary') socket.send(Buffer.from(own), { binary: true });
    else socket.send(own);
  }
  socket.ping();
  const answered = new Promise<'open'>((resolve) => socket.once('pong', () => resolve('open')));
  // A stream that is being closed answers no ping; the pong of one that is closed right before may still be on its way.
  const end = await Promise.race([closed, answered.then(() => pause(20, 'open' as const))]);
  socket.terminate();
  return end;
}

/** Callers whose sockets send frames, but do not read what the agent says. */
async function deafPeers(): Promise<DrillRow[]> {
  const gateway = await startAttacked({ AGENT: 'keypad', STREAM_IDLE_TIMEOUT_MS: String(IDLE_MS) });
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

async function mostHeldDuring(gateway: GatewayProcess, work: () => Promise<void>): Promise<number> {
  let most = residentMb(gateway.pid);
  const watching = setInterval(() => {
    most = Math.max(most, residentMb(gateway.pid));
  }, 100);
  await work();
  clearInterval(watching);
  return most;
}

function linesOf(gateway: GatewayProcess, text: string): { time: number; callSid: string }[] {
  const lines = gateway.log.filter((line) => line.includes(text)).map((line) => JSON.parse(line));
  return lines.map(({ time, call_sid }) => ({ time: Date.parse(time), callSid: String(call_sid) }));
}

async function startDeaf(gateway: GatewayProcess): Promise<() => void> {
  const callSid = newSid('CA');
  const raw = await openStream(gateway, sealedPath(callSid));
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

/** The way to the peer ends without a word: no FIN, no RST. */
async function silentPeer(): Promise<DrillRow[]> {
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
    while (linesOf(gateway, 'no message for too long').length === 0 && Date.now() - silentAt < 15_000)
      await pause(20);
    const deadMs = (linesOf(gateway, 'no message for too long')[0]?.time ?? Number.NaN) - silentAt;
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

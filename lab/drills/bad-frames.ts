import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { expectedOf, type FuzzMessage, fuzzedStream } from '../../test/support/stream-fuzz.js';
import { callSidOf } from '../../test/support/stream-messages.js';
import type { DrillRow } from '../drill-topic.js';
import {
  EchoedCalls,
  inTurns,
  isAlive,
  mostHeldDuring,
  openStream,
  residentMb,
  sealedPath,
  signedFor,
  startAttacked,
  twilioTo,
} from './attacked-gateway.js';
import { frame } from './raw-socket.js';

const LIVE_CALLS = 20;
const SOCKETS = 20;
const ROUNDS = 3;
const SEQUENCES = 1000;
/** Audio goes out 200 ms ahead: a caller hears nothing of that. */
const LATER_BY_MS = 100;

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

/** Frames and messages against the protocol, each on streams that were let in, beside live calls. */
export async function badFrames(): Promise<DrillRow[]> {
  const gateway = await startAttacked({ AGENT: 'echo' });
  const twilio = twilioTo(gateway.url);
  try {
    const live = new EchoedCalls(twilio, LIVE_CALLS);
    await live.untilEchoed();
    // Made before, so that this process, which listens to the live calls, is not what holds them up.
    const prepared = ATTACKS.map((attack) => ({ ...attack, sent: Buffer.concat([...attack.bytes()]) }));
    const sequences = fc.sample(fuzzedStream, SEQUENCES);
    // What the gateway needs for streams at all is not any attack's.
    for (const { sent } of prepared.slice(0, 3)) await attackOnce(sent, gateway);
    const before = await live.during(() => pause(5000));
    const rows: DrillRow[] = [];
    const { frames, due, p99 } = await live.during(async () => {
      for (const attack of prepared) rows.push(await attackWith(attack, gateway));
      rows.push(...(await fuzz(gateway, sequences)));
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

async function attackWith(
  { name, ends, sent }: Attack & { sent: Buffer },
  gateway: GatewayProcess,
): Promise<DrillRow> {
  const codes: number[] = [];
  const growths: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = residentMb(gateway.pid);
    const most = await mostHeldDuring(
      gateway,
      async () => void codes.push(...(await attackOnce(sent, gateway))),
    );
    growths.push(most - before);
  }
  const wrong = codes.filter((code) => !ends.includes(code));
  // What the garbage of the live calls adds in one round or the other is not the attack's.
  const growth = growths.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  return {
    fault: `${SOCKETS} streams, ${ROUNDS} times: ${name}`,
    required: `closed with ${ends.join(' or ')}, at most 8 MB more held (median)`,
    seen: `${[...new Set(codes)].map((code) => (code === 1006 ? 'open' : code)).join(', ')}; ${Math.max(0, growth).toFixed(1)} MB more`,
    held: wrong.length === 0 && growth <= 8 && (await isAlive(gateway)),
  };
}

async function attackOnce(sent: Buffer, gateway: GatewayProcess): Promise<number[]> {
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, () => openStream(gateway.url, sealedPath())),
  );
  for (const { socket } of sockets) socket.write(sent);
  await Promise.race([Promise.all(sockets.map((each) => each.untilClosed())), pause(8000)]);
  const codes = sockets.map((each) => each.closeCode);
  for (const { socket } of sockets) socket.destroy();
  return codes;
}

async function fuzz(gateway: GatewayProcess, sequences: readonly FuzzMessage[][]): Promise<DrillRow[]> {
  const wrong: string[] = [];
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
    headers: signedFor(path),
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

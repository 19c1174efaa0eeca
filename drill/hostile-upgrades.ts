import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import type { Drill, DrillRow } from '../src/cli/drill-topic.js';
import { newSid } from '../src/simulator/call-form.js';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import { StreamMessages, streamSidOf } from '../test/support/stream-messages.js';
import {
  EchoedCalls,
  inTurns,
  isAlive,
  MEDIA_PATH,
  metric,
  PUBLIC_URL,
  post,
  residentMb,
  sealedPath,
  signatureOf,
  startAttacked,
  streamSignature,
  twilioTo,
  voiceForm,
} from './attacked-gateway.js';
import { handshake, RawSocket } from './raw-socket.js';

const LIVE_CALLS = 20;
const FLOOD = { perSecond: 2000, seconds: Number(process.env.DRILL_SECONDS ?? 60) };
const FLOOD_PROGRAM = fileURLToPath(new URL('./upgrade-flood.js', import.meta.url));
const RESETS = 1000;
const SILENT = 500;
const START_TIMEOUT_MS = 5000;

export const topic: Drill = {
  title: `Upgrades that must be refused, beside ${LIVE_CALLS} live calls`,
  async drill() {
    const gateway = await startAttacked({ AGENT: 'echo' });
    const twilio = twilioTo(gateway.url);
    try {
      const rows = [...(await wrongUpgrades(gateway)), ...(await wrongStarts(gateway))];
      const live = new EchoedCalls(twilio, LIVE_CALLS);
      await live.untilEchoed();
      rows.push(
        await resets(gateway, live),
        ...(await flood(gateway, live)),
        ...(await silence(gateway, live)),
      );
      return rows;
    } finally {
      await twilio.close();
      await gateway.stop();
    }
  },
};

type Variant = readonly [name: string, status: number, request: () => string];

const signed = (path: string) => ({ 'X-Twilio-Signature': streamSignature(path) });

/** The path that is asked for, with a signature that is right for another address. */
function signedElsewhere(address: (path: string) => string): () => string {
  return () => {
    const path = sealedPath();
    return handshake(path, { 'X-Twilio-Signature': signatureOf(address(path)) });
  };
}

function at(change: (path: string) => string): () => string {
  return () => {
    const path = change(sealedPath());
    return handshake(path, signed(path));
  };
}

const VARIANTS: readonly Variant[] = [
  ['no signature', 403, () => handshake(sealedPath(), {})],
  ['an empty signature', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': '' })],
  ['a wrong signature', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': 'A'.repeat(27) })],
  ['a signature of 4 kB', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': 'A'.repeat(4096) })],
  ['the signature twice', 403, () => twice(sealedPath())],
  ['signed with the scheme of the webhooks', 403, signedElsewhere((path) => `${PUBLIC_URL}${path}`)],
  [
    'signed for another token',
    403,
    signedElsewhere(() => `${PUBLIC_URL.replace('http', 'ws')}${sealedPath()}`),
  ],
  ['a query behind the token', 404, at((path) => `${path}?a=b`)],
  ['two slashes behind the token', 404, at((path) => `${path}//`)],
  ['the path in capitals', 404, at((path) => path.replace('media', 'MEDIA'))],
  ['no token', 404, at(() => MEDIA_PATH)],
  ['a forged token', 403, at((path) => `${path.slice(0, -2)}${path.endsWith('AA') ? 'BB' : 'AA'}`)],
  ['an expired token', 403, () => withToken(sealedPath(undefined, -6000))],
  ['a token of the future', 403, () => withToken(sealedPath(undefined, 300_000))],
];

function withToken(path: string): string {
  return handshake(path, signed(path));
}

function twice(path: string): string {
  const line = `X-Twilio-Signature: ${streamSignature(path)}\r\n`;
  return handshake(path, {}).replace('\r\n\r\n', `\r\n${line}${line}\r\n`);
}

async function wrongUpgrades(gateway: GatewayProcess): Promise<DrillRow[]> {
  const wrong: string[] = [];
  const times: number[] = [];
  for (const [name, expected, request] of VARIANTS) {
    const taken: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { status, ms } = await ask(gateway, request());
      if (status !== expected) wrong.push(`${name}: ${status}`);
      taken.push(ms);
    }
    times.push(taken.sort((a, b) => a - b)[2] ?? 0);
  }
  const counted = await refusals(gateway);
  const path = sealedPath();
  const [first, again] = [await ask(gateway, withToken(path)), await ask(gateway, withToken(path))];
  const fault = `${VARIANTS.length} kinds of wrong upgrades, 5 each`;
  const slowest = Math.max(...times);
  return [
    {
      fault,
      required: 'each refused with 403 or 404, and counted',
      seen: wrong.length === 0 ? `all, ${counted} counted` : wrong.slice(0, 5).join('; '),
      held: wrong.length === 0 && counted === VARIANTS.length * 5,
    },
    {
      fault,
      required: 'within 10 ms (median of each kind)',
      seen: `${slowest.toFixed(1)} ms at most`,
      held: slowest <= 10,
    },
    {
      fault: 'a good token, and again',
      required: '101, then 403',
      seen: `${first.status}, then ${again.status}`,
      held: first.status === 101 && again.status === 403,
    },
  ];
}

async function ask(gateway: GatewayProcess, request: string): Promise<{ status: number; ms: number }> {
  const raw = await RawSocket.open(gateway.url);
  const startedAt = performance.now();
  raw.socket.write(request);
  await raw.untilAnswered();
  const ms = performance.now() - startedAt;
  const { status } = raw;
  raw.socket.destroy();
  return { status, ms };
}

const REASONS = [
  'path',
  'signature',
  'token_forged',
  'token_expired',
  'token_early',
  'token_used',
  'draining',
];

async function refusals(gateway: GatewayProcess): Promise<number> {
  const counts = await Promise.all(
    REASONS.map((reason) => metric(gateway, 'bayline_upgrade_rejects_total', `reason="${reason}"`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function wrongStarts(gateway: GatewayProcess): Promise<DrillRow[]> {
  const before = await metric(gateway, 'bayline_calls_started_total', 'resumed="false"');
  const closings: { code: number; ms: number }[] = [];
  for (let n = 0; n < 20; n += 1) {
    const path = sealedPath();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, { headers: signed(path) });
    await new Promise((resolve) => socket.once('open', resolve));
    const startedAt = performance.now();
    socket.send(JSON.stringify(new StreamMessages(streamSidOf(n), newSid('CA')).start()));
    const code = await new Promise<number>((resolve) => socket.once('close', resolve));
    closings.push({ code, ms: performance.now() - startedAt });
  }
  const begun = (await metric(gateway, 'bayline_calls_started_total', 'resumed="false"')) - before;
  const slowest = Math.max(...closings.map(({ ms }) => ms));
  const wrong = closings.filter(({ code }) => code !== 1008).length;
  return [
    {
      fault: 'a start that names another call than its token, 20 times',
      required: 'closed with 1008 within 50 ms, no call begins',
      seen: `${wrong} closed otherwise, ${slowest.toFixed(1)} ms at most, ${begun} calls`,
      held: wrong === 0 && slowest <= 50 && begun === 0,
    },
  ];
}

async function resets(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow> {
  const { frames, due } = await live.during(() =>
    inTurns(RESETS, 25, async (n) => {
      const raw = await RawSocket.open(gateway.url);
      const path = n % 3 === 0 ? '/nowhere' : sealedPath();
      const request = handshake(path, n % 3 === 1 ? {} : signed(path));
      raw.socket.write(n % 4 === 0 ? request.slice(0, Math.floor(Math.random() * request.length)) : request);
      await pause(Math.random() * 50);
      raw.socket.resetAndDestroy();
    }),
  );
  const alive = await isAlive(gateway);
  return {
    fault: `${RESETS} TCP resets, 0 to 50 ms into an upgrade`,
    required: 'the gateway lives, no live call is hurt',
    seen: `${alive ? 'alive' : 'dead'}, ${live.live} of ${LIVE_CALLS} calls, ${frames} of ${due.toFixed(0)} frames`,
    held: alive && live.live === LIVE_CALLS && frames >= due * 0.98,
  };
}

async function flood(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow[]> {
  const { perSecond, seconds } = FLOOD;
  const before = await live.during(() => pause(20_000));
  const [held, refusedBefore, lines] = [residentMb(gateway.pid), await refusals(gateway), gateway.log.length];
  const begun = await metric(gateway, 'bayline_calls_started_total', 'resumed="false"');
  let most = held;
  const watching = setInterval(() => {
    most = Math.max(most, residentMb(gateway.pid));
  }, 250);
  const paths = ['/nowhere', `${MEDIA_PATH}forged`, sealedPath(), `${MEDIA_PATH}x?y`];
  const args = [FLOOD_PROGRAM, gateway.url, String(perSecond), String(seconds), ...paths];
  const during = await live.during(() => promisify(execFile)(process.execPath, args));
  clearInterval(watching);
  const report: { perSecond: number; sent: number; answers: Record<string, number> } = JSON.parse(
    during.result.stdout,
  );
  const refused = (await refusals(gateway)) - refusedBefore;
  const accepted = report.answers['101'] ?? 0;
  const calls = (await metric(gateway, 'bayline_calls_started_total', 'resumed="false"')) - begun;
  const busiest = mostLinesASecond(gateway.log.slice(lines));
  const fault = `${report.perSecond} bad upgrades/s for ${seconds} s (asked for ${perSecond})`;
  return [
    {
      fault,
      required: 'none accepted, each refused and counted',
      seen: `${accepted + calls} accepted, ${refused} of ${report.sent} counted, ${JSON.stringify(report.answers)}`,
      held: accepted + calls === 0 && refused >= report.sent * 0.99,
    },
    {
      fault,
      required: 'frame p99 at most 10 ms above the baseline of the same run',
      seen: `${during.p99.toFixed(1)} ms apart, ${before.p99.toFixed(1)} ms before; ${live.live} of ${LIVE_CALLS} calls, ${during.frames} of ${during.due.toFixed(0)} frames`,
      held: during.p99 <= before.p99 + 10 && live.live === LIVE_CALLS,
    },
    {
      fault,
      required: 'at most 64 MB more held',
      seen: `${held.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`,
      held: most - held <= 64,
    },
    {
      fault,
      required: 'at most 10 log lines a second of each reason',
      seen: `${busiest} at most`,
      held: busiest > 0 && busiest <= 10,
    },
  ];
}

/** The most lines within a second that say the same of the same reason. */
function mostLinesASecond(lines: readonly string[]): number {
  const times = new Map<string, number[]>();
  for (const line of lines) {
    const { msg, reason, time } = JSON.parse(line);
    const key = `${msg} ${reason ?? ''}`;
    times.set(key, [...(times.get(key) ?? []), Date.parse(time)]);
  }
  const within = (of: number[]) => of.map((from, n) => of.slice(n).filter((at) => at < from + 1000).length);
  return Math.max(0, ...[...times.values()].flatMap(within));
}

async function silence(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow[]> {
  const lived: { code: number; ms: number }[] = [];
  const waiting: Promise<void>[] = [];
  const {
    frames,
    due,
    result: entered,
  } = await live.during(async () => {
    await inTurns(SILENT, 25, async () => {
      const { text } = await post(gateway, '/twilio/voice', voiceForm());
      const path = /(\/twilio\/media\/[\w-]+)"/.exec(text)?.[1] ?? '/none';
      waiting.push(holdOpen(gateway, path).then((end) => void lived.push(end)));
    });
    const startedAt = performance.now();
    const call = twilioTo(gateway.url).call({ keepAudio: false });
    await call.untilState('streaming');
    const ms = performance.now() - startedAt;
    await Promise.all(waiting);
    await call.hangUp();
    return ms;
  });
  const times = lived.map(({ ms }) => ms).sort((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const wrong = lived.filter(({ code }) => code !== 1008).length;
  const fault = `${SILENT} good upgrades, then silence`;
  return [
    {
      fault,
      required: `each closed with 1008 at ${START_TIMEOUT_MS} ms, 500 more or less`,
      seen: `${lived.length} closed after ${first.toFixed(0)} to ${last.toFixed(0)} ms, ${wrong} not with 1008`,
      held:
        wrong === 0 &&
        lived.length === SILENT &&
        first >= START_TIMEOUT_MS - 500 &&
        last <= START_TIMEOUT_MS + 500,
    },
    {
      fault,
      required: 'a real call enters within 1 s, live calls are not hurt',
      seen: `${entered.toFixed(0)} ms; ${live.live} of ${LIVE_CALLS} calls, ${frames} of ${due.toFixed(0)} frames`,
      held: entered <= 1000 && live.live === LIVE_CALLS && frames >= due * 0.98,
    },
  ];
}

async function holdOpen(gateway: GatewayProcess, path: string): Promise<{ code: number; ms: number }> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, { headers: signed(path) });
  socket.on('error', () => undefined);
  let openedAt = performance.now();
  socket.once('open', () => {
    openedAt = performance.now();
  });
  const code = await new Promise<number>((resolve) => socket.once('close', resolve));
  return { code, ms: performance.now() - openedAt };
}

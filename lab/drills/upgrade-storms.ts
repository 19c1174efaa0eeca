import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { MEDIA_PATH } from '../../src/twilio/paths.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { DrillRow } from '../drill-topic.js';
import {
  type EchoedCalls,
  inTurns,
  isAlive,
  metric,
  post,
  refusals,
  residentMb,
  sealedPath,
  signedFor,
  twilioTo,
  voiceForm,
} from './attacked-gateway.js';
import { handshake, RawSocket } from './raw-socket.js';

const FLOOD = { perSecond: 2000, seconds: Number(process.env.DRILL_SECONDS ?? 60) };
const FLOOD_PROGRAM = fileURLToPath(new URL('./upgrade-flood.js', import.meta.url));
const RESETS = 1000;
const SILENT = 500;
const START_TIMEOUT_MS = 5000;

/** Connections that are reset at any point of their upgrade. */
export async function resets(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow> {
  const { frames, due } = await live.during(() =>
    inTurns(RESETS, 25, async (n) => {
      const raw = await RawSocket.open(gateway.url);
      const path = n % 3 === 0 ? '/nowhere' : sealedPath();
      const request = handshake(path, n % 3 === 1 ? {} : signedFor(path));
      raw.socket.write(n % 4 === 0 ? request.slice(0, Math.floor(Math.random() * request.length)) : request);
      await pause(Math.random() * 50);
      raw.socket.resetAndDestroy();
    }),
  );
  const alive = await isAlive(gateway);
  return {
    fault: `${RESETS} TCP resets, 0 to 50 ms into an upgrade`,
    required: 'the gateway lives, no live call is hurt',
    seen: `${alive ? 'alive' : 'dead'}, ${live.live} of ${live.calls.length} calls, ${frames} of ${due.toFixed(0)} frames`,
    held: alive && live.live === live.calls.length && frames >= due * 0.98,
  };
}

/** Far more bad upgrades than a shop has calls. */
export async function flood(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow[]> {
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
      seen: `${during.p99.toFixed(1)} ms apart, ${before.p99.toFixed(1)} ms before; ${live.live} of ${live.calls.length} calls, ${during.frames} of ${during.due.toFixed(0)} frames`,
      held: during.p99 <= before.p99 + 10 && live.live === live.calls.length,
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

/** The most lines within a second, less what a line may be stamped late, that say the same of the same reason. */
function mostLinesASecond(lines: readonly string[]): number {
  const times = new Map<string, number[]>();
  for (const line of lines) {
    const { msg, reason, time } = JSON.parse(line);
    const key = `${msg} ${reason ?? ''}`;
    times.set(key, [...(times.get(key) ?? []), Date.parse(time)]);
  }
  const within = (of: number[]) => of.map((from, n) => of.slice(n).filter((at) => at < from + 950).length);
  return Math.max(0, ...[...times.values()].flatMap(within));
}

/** Streams that are let in and say nothing. */
export async function silence(gateway: GatewayProcess, live: EchoedCalls): Promise<DrillRow[]> {
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
      seen: `${entered.toFixed(0)} ms; ${live.live} of ${live.calls.length} calls, ${frames} of ${due.toFixed(0)} frames`,
      held: entered <= 1000 && live.live === live.calls.length && frames >= due * 0.98,
    },
  ];
}

async function holdOpen(gateway: GatewayProcess, path: string): Promise<{ code: number; ms: number }> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, { headers: signedFor(path) });
  socket.on('error', () => undefined);
  let openedAt = performance.now();
  socket.once('open', () => {
    openedAt = performance.now();
  });
  const code = await new Promise<number>((resolve) => socket.once('close', resolve));
  return { code, ms: performance.now() - openedAt };
}

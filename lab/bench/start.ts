import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';

const ROUNDS = 5;
const POLL_MS = 10;
/** All common prompts are made and kept by then. */
const KEPT_WITHIN_MS = 60_000;
const MOST_MS = { new: 3500, old: 2000 };
const MOST_MB = 450;
const GREETING_MS = 300;
const PGLITE = fileURLToPath(new URL('./pglite-alone.js', import.meta.url));
const GREETING = /^bayline_greeting_delay_seconds_(?:sum|count) (\S+)$/gm;

interface Start {
  readonly readyMs: number;
  readonly peakMb: number;
  /** From the `start` of the first call, placed as soon as it was ready, to the first audio. */
  readonly greetingMs: number;
}

/** `npm start` after the build: touch-tone agent, PGlite in a folder, store in process. */
export const topic: BenchTopic = {
  title: `Start: from launch to \`/health/ready\`, touch-tone agent and PGlite, the median of ${ROUNDS} starts`,
  async run(): Promise<BenchRow[]> {
    const starts = { new: [] as Start[], old: [] as Start[] };
    const alone = { new: [] as number[], old: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const folder = join(tmpdir(), `bayline-bench-start-${process.pid}-${round}`);
      try {
        for (const how of ['new', 'old'] as const) {
          starts[how].push(await startOnce(folder, how));
          alone[how].push(await pgliteAlone(`${folder}-alone`, how));
        }
      } finally {
        for (const path of [folder, `${folder}-alone`]) await rm(path, { recursive: true, force: true });
      }
    }
    return [
      readyRow('with a new data folder', starts.new, alone.new, MOST_MS.new),
      readyRow('with that data folder again', starts.old, alone.old, MOST_MS.old),
      peakRow('while a new folder is made', starts.new),
      greetingRow('with a new data folder', starts.new),
      greetingRow('with that data folder again', starts.old),
    ];
  },
};

async function startOnce(dataDir: string, how: 'new' | 'old'): Promise<Start> {
  const startedAt = performance.now();
  const gateway = await GatewayProcess.listen({ DATA_DIR: dataDir });
  let peakMb = 0;
  const isReady = async () => {
    peakMb = Math.max(peakMb, residentMb(gateway.pid));
    return (await fetch(`${gateway.url}/health/ready`)).ok;
  };
  while (!(await isReady())) await pause(POLL_MS);
  const readyMs = performance.now() - startedAt;
  const greetingMs = await firstGreeting(gateway.url);
  // The start after this one is to find what this one has made.
  if (how === 'new') await keptAll(dataDir);
  await gateway.stop();
  return { readyMs, peakMb, greetingMs };
}

async function firstGreeting(url: string): Promise<number> {
  const twilio = new TwilioSimulator({ gatewayUrl: url });
  const call = twilio.call({ from: '+15125550101' });
  try {
    for (;;) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const [sum = 0, count = 0] = [...metrics.matchAll(GREETING)].map(([, value]) => Number(value));
      if (count > 0) return (sum / count) * 1000;
      await pause(POLL_MS);
    }
  } finally {
    await call.hangUp();
    await twilio.close();
  }
}

/** Settles when no prompt was added for a second. */
async function keptAll(dataDir: string): Promise<void> {
  const count = () => readdirSync(join(dataDir, 'prompts'), { recursive: true }).length;
  const deadline = performance.now() + KEPT_WITHIN_MS;
  for (let before = -1; before !== count() && performance.now() < deadline; await pause(1000))
    before = count();
}

/** From its launch to its first answer. */
async function pgliteAlone(folder: string, how: 'new' | 'old'): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PGLITE, folder, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const took = performance.now() - startedAt;
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`PGlite alone ended with status ${code}.`);
  return took;
}

/** The most that a process has had at once, and what its children have now. */
function residentMb(pid: number): number {
  const read = (path: string) => readFileSync(`/proc/${pid}/${path}`, 'utf8');
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1]) / 1024;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`task/${task}/children`).split(' ').filter(Boolean),
    );
    return children.reduce((sum, child) => sum + residentMb(Number(child)), own);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

function readyRow(how: string, starts: readonly Start[], alone: readonly number[], mostMs: number): BenchRow {
  const took = starts.map(({ readyMs }) => readyMs);
  const ms = median(took);
  return {
    figure: `from launch to \`/health/ready\`, ${how}`,
    measured: `${ms.toFixed(0)} ms, worst ${Math.max(...took).toFixed(0)} ms`,
    reference: `PGlite alone, from launch to its first answer: ${median(alone).toFixed(0)} ms`,
    ratio: ms / median(alone),
    target: `≤ ${mostMs} ms`,
    met: ms <= mostMs,
  };
}

function peakRow(when: string, starts: readonly Start[]): BenchRow {
  const mb = Math.max(...starts.map(({ peakMb }) => peakMb));
  return {
    figure: `most memory of all processes, ${when}`,
    measured: `${mb.toFixed(0)} MB`,
    reference: '',
    target: `< ${MOST_MB} MB`,
    met: mb < MOST_MB,
  };
}

function greetingRow(how: string, starts: readonly Start[]): BenchRow {
  const delays = starts.map(({ greetingMs }) => greetingMs);
  const worst = Math.max(...delays);
  return {
    figure: `first call, placed when it was ready: from \`start\` to the greeting, ${how}`,
    measured: `${median(delays).toFixed(1)} ms, worst ${worst.toFixed(1)} ms`,
    reference: 'one frame: 20 ms',
    target: `≤ ${GREETING_MS} ms`,
    met: worst <= GREETING_MS,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

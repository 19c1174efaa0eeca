import type { BenchRow } from '../bench-topic.js';
import type { MediaRig, Run, ServerKind } from './media-rig.js';

/** Few enough that no server needs its whole core, and so many that it does not fall asleep after each message: to wake it is dear. */
const CALLS = 400;
const MANY_CALLS = 500;
const ROUNDS = 3;
const TIMES = { warmSeconds: 5, seconds: 6 };
const LOOP_P99_MS = 5;
const LOOP_BLOCK_MS = 20;

const KINDS = {
  receive: { reference: 'receive' },
  parse: { reference: 'listen' },
  detect: { reference: 'detect' },
  listen: { ours: 'listen' },
  listenByWs: { ours: 'listen', settings: { FAST_READ: '0' } },
  echoReference: { reference: 'echo' },
  echo: { ours: 'echo' },
  speakReference: { reference: 'speak' },
  speak: { ours: 'speak' },
} as const satisfies Readonly<Record<string, ServerKind>>;
type Kind = keyof typeof KINDS;

/** What a message costs on the server's core, ours and others in turns; of a few rounds the least: what else the machine does only adds. */
export async function costRows(rig: MediaRig): Promise<BenchRow[]> {
  const runs = await inTurns(rig);
  const many = { ...TIMES, calls: MANY_CALLS, caller: 'audio' } as const;
  const [speaking, listening] = [await rig.run(KINDS.speak, many), await rig.run(KINDS.listen, many)];
  const least = (kind: Kind) => leastOf(runs.get(kind) ?? []);
  const us = (kind: Kind) => least(kind).cpuUs;
  return [
    ...listeningRows(us),
    against('echo', us('echo'), 'ws, decode and encode', us('echoReference'), 1),
    against(
      'speaking and listening',
      us('speak'),
      'one ticker, 100 ms ahead by 200',
      us('speakReference'),
      1,
    ),
    lateRow(speaking),
    ...loopRows(listening),
    ...conditionRows([...runs.values(), speaking, listening].flat()),
  ];
}

async function inTurns(rig: MediaRig): Promise<Map<Kind, Run[]>> {
  const runs = new Map<Kind, Run[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, kind] of Object.entries(KINDS)) {
      if (!isKind(name)) continue;
      const caller = name.startsWith('echo') ? 'stamp' : 'audio';
      const run = await rig.run(kind, { ...TIMES, calls: CALLS, caller });
      runs.set(name, [...(runs.get(name) ?? []), run]);
      process.stderr.write(`round ${round + 1} of ${ROUNDS}, ${name}: ${run.cpuUs.toFixed(1)} µs\n`);
    }
  }
  return runs;
}

function listeningRows(us: (kind: Kind) => number): BenchRow[] {
  return [
    against('listening, detector on', us('listen'), 'ws, JSON.parse, base64, the detector', us('detect'), 1),
    against('', us('listen'), 'ws, JSON.parse, base64', us('parse')),
    against('', us('listen'), 'ws that looks at nothing', us('receive')),
    against('listening, FAST_READ=0', us('listenByWs'), 'ws, JSON.parse, base64, the detector', us('detect')),
  ];
}

function against(what: string, ours: number, reference: string, theirs: number, target?: number): BenchRow {
  const ratio = ours / theirs;
  return {
    figure: what === '' ? '' : `CPU a message, ${what}`,
    measured: `${ours.toFixed(1)} µs`,
    reference: `${reference}: ${theirs.toFixed(1)} µs`,
    ratio,
    ...(target === undefined ? {} : { target: `≤ ${target.toFixed(1)}`, met: ratio <= target }),
  };
}

function lateRow({ load: { late, received } }: Run): BenchRow {
  return {
    figure: `late audio, ${MANY_CALLS} agents speaking`,
    measured: `${late} of ${received} messages`,
    reference: '',
    target: '0',
    met: late === 0,
  };
}

function loopRows({ metrics }: Run): BenchRow[] {
  const delayMs = (quantile: string) =>
    Number(
      new RegExp(`bayline_event_loop_delay_seconds\\{quantile="${quantile}"\\} (\\S+)`).exec(metrics)?.[1],
    ) * 1000;
  const row = (figure: string, ms: number, limitMs: number): BenchRow => ({
    figure: `event loop, ${MANY_CALLS} calls listening, ${figure}`,
    measured: `${ms.toFixed(1)} ms late`,
    reference: '',
    target: `< ${limitMs} ms`,
    met: ms < limitMs,
  });
  return [row('99 of 100', delayMs('0.99'), LOOP_P99_MS), row('at its worst', delayMs('1'), LOOP_BLOCK_MS)];
}

/** How late the load itself was: a generator that cannot keep up would flatter the server. And whether a core was too little. */
function conditionRows(runs: readonly Run[]): BenchRow[] {
  const p99 = Math.max(...runs.map(({ load }) => load.behind_us.p99)) / 1000;
  const busy = Math.max(...runs.map(({ cpuUs, load }) => (cpuUs * load.sent) / TIMES.seconds / 1e6));
  return [
    {
      figure: 'the load generator itself, in its worst run',
      measured: `${p99.toFixed(2)} ms late`,
      reference: '99 of 100 messages',
    },
    {
      figure: 'the core, in the busiest of these runs',
      measured: `${(busy * 100).toFixed(0)} %`,
      reference: '',
    },
  ];
}

function leastOf(runs: readonly Run[]): Run {
  const [least] = [...runs].sort((a, b) => a.cpuUs - b.cpuUs);
  if (!least) throw new Error('Nothing was measured.');
  return least;
}

function isKind(name: string): name is Kind {
  return name in KINDS;
}

import type { BenchRow } from '../bench-topic.js';
import type { Load } from './media-load.js';
import type { MediaRig, Run, ServerKind } from './media-rig.js';

/** Of a message, in the worst of 100. */
const DELAY_MS = 20;
const STEP = 50;
const FROM = 400;
const LOAD = { warmSeconds: 8, seconds: 5 } as const;

/** How many echoing calls one core carries with 99 of 100 frames back within 20 ms. */
export async function capacityRows(rig: MediaRig): Promise<BenchRow[]> {
  const echo = { caller: 'stamp' } as const;
  const theirs = await mostCalls(rig, { reference: 'echo' }, echo);
  const ours = await mostCalls(rig, { ours: 'echo' }, echo);
  return [
    {
      figure: `echoing calls a core, 99 of 100 frames back in ${DELAY_MS} ms`,
      measured: `${ours} calls`,
      reference: `ws, decode and encode: ${theirs} calls`,
      ratio: ours / theirs,
      target: '≥ 1.0',
      met: ours >= theirs,
    },
  ];
}

/** So many calls one core carries with 99 of 100 messages within 20 ms, in runs that are `isCarried`; found by halves, to the next 50. */
export async function mostCalls(
  rig: MediaRig,
  kind: ServerKind,
  callers: Pick<Load, 'caller' | 'sound'>,
  isCarried: (run: Run) => boolean = () => true,
): Promise<number> {
  const holds = async (calls: number) => {
    const run = await rig.run(kind, { ...LOAD, ...callers, calls });
    const p99Ms = run.load.delay_us.p99 / 1000;
    process.stderr.write(`${JSON.stringify(kind)} ${calls} calls: ${p99Ms.toFixed(1)} ms\n`);
    return p99Ms < DELAY_MS && isCarried(run);
  };
  let [carried, tooMany] = [0, FROM];
  while (await holds(tooMany)) [carried, tooMany] = [tooMany, tooMany * 2];
  while (tooMany - carried > STEP) {
    const middle = Math.round((carried + tooMany) / 2 / STEP) * STEP;
    if (await holds(middle)) carried = middle;
    else tooMany = middle;
  }
  return carried;
}

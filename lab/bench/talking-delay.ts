import type { BenchRow } from '../bench-topic.js';
import type { BenchModelOptions } from './bench-model.js';
import type { MediaRig, ServerKind } from './media-rig.js';
import { PEER } from './public-peer.js';
import { talkingRun, talkingServers, withModel } from './talking-servers.js';

const CALLS = 100;
const TIMES = { warmSeconds: 7, seconds: 8 };
const HEARD_MS = 10;
/** The gateway collects so much of the caller in one message, and may add so much. */
const BATCH_MS = 60;
const ADDED_MS = 5;

interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the gateway adds on the way from the model's socket to the caller's, and back. */
export async function talkingDelayRows(rig: MediaRig, entry: string | null): Promise<BenchRow[]> {
  const [heard, heardOfPeer] = await ofBoth(entry, (isPeer) => toCaller(rig, entry, isPeer));
  const [said, saidOfPeer] = await ofBoth(entry, (isPeer) => toModel(rig, entry, isPeer));
  return [
    {
      figure: `from the model's audio to the caller's socket, ${CALLS} calls`,
      measured: textOf(heard),
      reference: heardOfPeer ? `${PEER}: ${textOf(heardOfPeer)}` : '',
      target: `p99 ≤ ${HEARD_MS} ms`,
      met: heard.p99Ms <= HEARD_MS,
    },
    {
      figure: `from the caller's audio to the model's socket, the first frame of a message, ${CALLS} calls`,
      measured: textOf(said.first),
      reference: saidOfPeer ? `${PEER}: ${textOf(saidOfPeer.first)}` : '',
      target: `p99 ≤ ${BATCH_MS} + ${ADDED_MS} ms`,
      met: said.first.p99Ms <= BATCH_MS + ADDED_MS,
    },
    {
      figure: 'the same, the last frame of a message',
      measured: textOf(said.last),
      reference: saidOfPeer ? `${PEER}: ${textOf(saidOfPeer.last)}` : '',
    },
  ];
}

async function ofBoth<T>(
  entry: string | null,
  measure: (isPeer: boolean) => Promise<T>,
): Promise<[T, T | null]> {
  return [await measure(false), entry === null ? null : await measure(true)];
}

function toCaller(rig: MediaRig, entry: string | null, isPeer: boolean): Promise<Delay> {
  return withModel({ speaks: true }, async (model) => {
    const kind = kindOf(talkingServers(model, entry), isPeer);
    const { load } = await talkingRun(rig, kind, {
      ...TIMES,
      calls: CALLS,
      caller: 'hear',
      sound: 'silence',
    });
    return { p50Ms: load.delay_us.p50 / 1000, p99Ms: load.delay_us.p99 / 1000 };
  });
}

function toModel(
  rig: MediaRig,
  entry: string | null,
  isPeer: boolean,
): Promise<{ first: Delay; last: Delay }> {
  const ages: Record<'first' | 'last', number[]> = { first: [], last: [] };
  const onFrame: BenchModelOptions['onFrame'] = (ageUs, { isFirst, isLast }) => {
    if (isFirst) ages.first.push(ageUs);
    if (isLast) ages.last.push(ageUs);
  };
  return withModel({ speaks: false, onFrame }, async (model) => {
    const kind = kindOf(talkingServers(model, entry), isPeer);
    await talkingRun(rig, kind, { ...TIMES, calls: CALLS, caller: 'stamp', sound: 'silence' });
    // Frames of the first seconds waited for the model to be ready.
    const settled = (all: readonly number[]) => all.slice(Math.floor(all.length / 2));
    return { first: delayOf(settled(ages.first)), last: delayOf(settled(ages.last)) };
  });
}

function kindOf({ ours, peer }: ReturnType<typeof talkingServers>, isPeer: boolean): ServerKind {
  return isPeer && peer ? peer : ours;
}

function delayOf(ages: readonly number[]): Delay {
  const sorted = [...ages].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) / 1000;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function textOf({ p50Ms, p99Ms }: Delay): string {
  return `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

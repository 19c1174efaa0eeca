import type { BenchRow } from '../bench-topic.js';
import type { Load } from './media-load.js';
import type { MediaRig, Run, ServerKind } from './media-rig.js';
import { PEER } from './public-peer.js';
import { talkingRun, talkingServers, withModel } from './talking-servers.js';

/** With 400, as the other costs have, the transport needs its whole core in a duplex conversation: what it does not get done would cost it nothing. */
const CALLS = 200;
const ROUNDS = 3;
/** The model talks 1.5 s after it has heard a caller, and callers come in the first three quarters of the warm-up. */
const TIMES = { warmSeconds: 7, seconds: 6 };
const LISTENING = 0.45;
const DUPLEX = 0.5;

type Callers = Pick<Load, 'caller' | 'sound'>;
type Pair = readonly [ours: number, peer: number | null];

/** What an inbound message costs on the server's core while people talk to a model that is silent, and while the model talks without end. */
export async function talkingCostRows(rig: MediaRig, entry: string | null): Promise<BenchRow[]> {
  const listening = await leastOfRounds(rig, entry, false, { caller: 'audio', sound: 'talkers' });
  const duplex = await leastOfRounds(rig, entry, true, { caller: 'hear', sound: 'silence' });
  return [
    rowOf('listening', listening, 'a model that is silent', LISTENING),
    rowOf('in a duplex conversation', duplex, 'a model that never stops', DUPLEX),
  ];
}

async function leastOfRounds(
  rig: MediaRig,
  entry: string | null,
  speaks: boolean,
  callers: Callers,
): Promise<Pair> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await withModel({ speaks }, async (model) => {
      const servers = talkingServers(model, entry);
      ours.push((await costOf(rig, servers.ours, callers)).cpuUs);
      if (servers.peer) theirs.push((await costOf(rig, servers.peer, callers)).cpuUs);
    });
    process.stderr.write(
      `round ${round + 1} of ${ROUNDS}: ${ours.at(-1)?.toFixed(1)} µs, ${PEER} ${theirs.at(-1)?.toFixed(1)} µs\n`,
    );
  }
  // What else the machine does only adds.
  return [Math.min(...ours), theirs.length === 0 ? null : Math.min(...theirs)];
}

function costOf(rig: MediaRig, kind: ServerKind, callers: Callers): Promise<Run> {
  return talkingRun(rig, kind, { ...TIMES, ...callers, calls: CALLS });
}

function rowOf(what: string, [ours, peer]: Pair, model: string, target: number): BenchRow {
  const row = { figure: `CPU a message, the talking agent ${what}`, measured: `${ours.toFixed(1)} µs` };
  if (peer === null) return { ...row, reference: '' };
  const ratio = ours / peer;
  const reference = `${PEER}, ${model}: ${peer.toFixed(1)} µs`;
  return { ...row, reference, ratio, target: `≤ ${target}`, met: ratio <= target };
}

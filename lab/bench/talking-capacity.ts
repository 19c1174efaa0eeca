import type { BenchRow } from '../bench-topic.js';
import { mostCalls } from './media-capacity.js';
import type { MediaRig } from './media-rig.js';
import { PEER } from './public-peer.js';
import { failedAgents, talkingServers, withModel } from './talking-servers.js';

/** How many calls one core carries while the model of each speaks, with 99 of 100 of its pieces at the caller's socket within 20 ms. */
export async function talkingCapacityRow(rig: MediaRig, entry: string | null): Promise<BenchRow> {
  const callers = { caller: 'hear', sound: 'silence' } as const;
  // Another agent that takes over is no talking one.
  const isCarried = (run: Parameters<typeof failedAgents>[0]) => failedAgents(run) === 0;
  return withModel({ speaks: true }, async (model) => {
    const servers = talkingServers(model, entry);
    const ours = await mostCalls(rig, servers.ours, callers, isCarried);
    const theirs = servers.peer ? await mostCalls(rig, servers.peer, callers, isCarried) : null;
    return {
      figure: "talking calls a core, 99 of 100 pieces of the model's audio on in 20 ms",
      measured: `${ours} calls`,
      reference: theirs === null ? '' : `${PEER}: ${theirs} calls`,
      ...(theirs === null || theirs === 0 ? {} : { ratio: ours / theirs }),
    };
  });
}

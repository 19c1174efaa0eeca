import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { withRedis } from './bench-redis.js';
import { capacityRows } from './media-capacity.js';
import { costRows } from './media-cost.js';
import { footprintRows } from './media-footprint.js';
import { MediaRig } from './media-rig.js';
import { leaveTheServerAlone } from './pinned-process.js';
import { installPeer } from './public-peer.js';
import { talkingCapacityRow } from './talking-capacity.js';
import { talkingCostRows } from './talking-cost.js';

/** The gateway under live calls beside what others use, on one core; Twilio's side, Redis and the measuring have the other. */
export const topic: BenchTopic = {
  title: 'The wire: 50 messages a second of each call, the server alone on one core',
  async run({ databaseUrl }: BenchEnvironment): Promise<BenchRow[]> {
    leaveTheServerAlone();
    const entry = installPeer();
    // A Redis of its own: gateways are killed here, and leave their sessions behind.
    return withRedis({ redisUrl: undefined, databaseUrl }, async (redisUrl) => {
      const rig = await MediaRig.build(redisUrl);
      return [
        ...(await costRows(rig)),
        ...(await talkingCostRows(rig, entry)),
        ...(await capacityRows(rig)),
        await talkingCapacityRow(rig, entry),
        ...(await footprintRows(rig, databaseUrl)),
      ];
    });
  },
};

import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { withRedis } from './bench-redis.js';
import { MediaRig } from './media-rig.js';
import { leaveTheServerAlone } from './pinned-process.js';
import { installPeer } from './public-peer.js';
import { talkingCapacityRows } from './talking-capacity.js';
import { talkingCostRows } from './talking-cost.js';
import { talkingDelayRows } from './talking-delay.js';

/** The talking agent's way between caller and model beside that of others, on one core; caller, model and the measuring have the other. */
export const topic: BenchTopic = {
  title: 'The talking agent: between the caller and the voice model, the server alone on one core',
  async run({ databaseUrl }: BenchEnvironment): Promise<BenchRow[]> {
    leaveTheServerAlone();
    const entry = installPeer();
    return withRedis({ redisUrl: undefined, databaseUrl }, async (redisUrl) => {
      const rig = await MediaRig.build(redisUrl);
      return [
        ...(await talkingDelayRows(rig, entry)),
        ...(await talkingCostRows(rig, entry)),
        ...(await talkingCapacityRows(rig, entry)),
      ];
    });
  },
};

import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { withRedis } from './bench-redis.js';
import { MediaRig } from './media-rig.js';
import { leaveTheServerAlone } from './pinned-process.js';
import { installPeer } from './public-peer.js';
import { talkingDelayRows } from './talking-delay.js';

/** How long the talking agent's gateway keeps what it carries between caller and model, on one core; caller, model and the measuring have the other. What it costs is a part of `media`. */
export const topic: BenchTopic = {
  title: 'The talking agent: between the caller and the voice model, the server alone on one core',
  async run({ databaseUrl }: BenchEnvironment): Promise<BenchRow[]> {
    leaveTheServerAlone();
    const entry = installPeer();
    return withRedis({ redisUrl: undefined, databaseUrl }, async (redisUrl) => {
      const rig = await MediaRig.build(redisUrl);
      return await talkingDelayRows(rig, entry);
    });
  },
};

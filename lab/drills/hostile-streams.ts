import type { Drill } from '../drill-topic.js';
import { badFrames } from './bad-frames.js';
import { silentPeer } from './silent-peer.js';
import { unresponsivePeers } from './unresponsive-peers.js';

export const topic: Drill = {
  title: 'Streams that break the protocol, stop reading or fall silent, beside live calls',
  async drill() {
    return [...(await badFrames()), ...(await unresponsivePeers()), ...(await silentPeer())];
  },
};

import type { RedisClient } from '../redis/redis-client.js';
import { keyOf } from '../redis/redis-keys.js';
import { LEDGER_TTL_MS, type StreamLedger, type StreamOfCall } from './stream-ledger.js';

/**
 * The ledger of gateways that share a Redis (6.0 or newer): under `stream:{call_sid}:{hop}` the token, under
 * `stream:{call_sid}:{hop}:opened` when it was opened (ISO 8601 UTC). The client is closed by whoever made it.
 */
export function redisStreamLedger(client: RedisClient): StreamLedger {
  return {
    propose: (stream, token) =>
      client.run<string | null>(
        'proposeStream',
        async (commands) => {
          const key = streamKey(stream);
          const isFirst = (await commands.set(key, token, 'PX', LEDGER_TTL_MS, 'NX')) === 'OK';
          return isFirst ? token : await commands.get(key);
        },
        null,
      ),
    claim: (stream) =>
      client.run<boolean | null>(
        'claimStream',
        async (commands) => {
          const openedAt = new Date().toISOString();
          const key = `${streamKey(stream)}:opened`;
          return (await commands.set(key, openedAt, 'PX', LEDGER_TTL_MS, 'NX')) === 'OK';
        },
        null,
      ),
  };
}

/** The one place that makes a stream's key. */
function streamKey({ callSid, hop }: StreamOfCall): string {
  return keyOf('stream', `${callSid}:${hop}`);
}

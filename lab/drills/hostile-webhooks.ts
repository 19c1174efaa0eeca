import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { metric, startAttacked, twilioTo } from './attacked-gateway.js';
import { ReplayedWebhooks } from './replayed-webhooks.js';
import { shuffledCallbacks } from './shuffled-callbacks.js';
import { slowRequests } from './slow-requests.js';
import { recutForms } from './spliced-forms.js';
import { beyondCapacity } from './too-many-calls.js';

const TRANSFER_NUMBER = '+15125550190';

export const topic: Drill = {
  title: 'Webhooks that are slow, malformed, replayed, cut up anew, too many or out of order',
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL)
      throw new Error('Both gateways must share a PostgreSQL: name one with TEST_DATABASE_URL.');
    const [server, database] = [await RedisServer.start(), await createServerDatabase(TEST_DATABASE_URL)];
    const shop = { REDIS_URL: server.url, DATABASE_URL: database.url, AGENT: 'keypad', TRANSFER_NUMBER };
    const gateways = [await startAttacked(shop), await startAttacked(shop)] as const;
    const replays = new ReplayedWebhooks(gateways, database.url);
    try {
      const late = replays.later();
      const seen = [
        ...(await slowRequests(gateways[0])),
        ...(await replays.atOnce()),
        await recutForms(gateways[0]),
        ...(await shuffledCallbacks(...gateways, database.url)),
        ...(await beyondCapacity(TRANSFER_NUMBER)),
        ...(await late),
        await stoppedRedis(gateways[0], server),
      ];
      return seen;
    } finally {
      server.resume();
      for (const gateway of gateways) await gateway.stop();
      await server.stop();
      await database.drop();
    }
  },
};

/** The other gateways cannot be asked: everything else works. */
async function stoppedRedis(gateway: GatewayProcess, server: RedisServer): Promise<DrillRow> {
  const twilio = twilioTo(gateway.url);
  const calls = 20;
  const before = await metric(gateway, 'bayline_stream_ledger_unanswered_total', 'step="invite"');
  server.pause();
  const answers: number[] = [];
  let greeted = 0;
  for (let n = 0; n < calls; n += 1) {
    const call = twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    const [request] = call.record.of('request');
    const [started] = call.record.of('stream-started');
    const [speaks] = call.record.of('agent-speaks');
    answers.push(request?.at ?? Number.NaN);
    greeted = Math.max(greeted, (speaks?.at ?? Number.NaN) - (started?.at ?? Number.NaN));
    await call.hangUp();
  }
  const unanswered = await metric(gateway, 'bayline_stream_ledger_unanswered_total', 'step="invite"');
  server.resume();
  await twilio.close();
  const slowest = Math.max(...answers);
  return {
    fault: `Redis stands still, ${calls} calls come`,
    required: 'TwiML within 300 ms, the greeting within 300 ms of the start, each counted',
    seen: `TwiML ${slowest.toFixed(0)} ms, greeting ${greeted.toFixed(0)} ms at most, ${unanswered - before} counted`,
    held: slowest <= 300 && greeted <= 300 && unanswered - before >= calls,
  };
}

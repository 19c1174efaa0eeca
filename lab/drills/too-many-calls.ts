import type { DrillRow } from '../drill-topic.js';
import { metric, startAttacked, twilioTo } from './attacked-gateway.js';

/** Whoever comes beyond the capacity is told so by the webhook, not by a refused stream. */
export async function beyondCapacity(transferNumber: string): Promise<DrillRow[]> {
  const [most, come] = [10, 25];
  const gateway = await startAttacked({
    AGENT: 'keypad',
    MAX_CALLS: String(most),
    TRANSFER_NUMBER: transferNumber,
  });
  const twilio = twilioTo(gateway.url);
  try {
    const calls = Array.from({ length: come }, () => twilio.call({ keepAudio: false, patienceMs: 20_000 }));
    await Promise.all(
      calls.map((call) => Promise.race([call.untilSpeaking().catch(() => undefined), call.untilEnded()])),
    );
    const streaming = calls.filter(({ state }) => state === 'streaming').length;
    const dialled = calls.filter(({ record }) => record.outcome?.kind === 'dial').length;
    const refused = await metric(gateway, 'bayline_streams_refused_total');
    const errors = calls.flatMap(({ record }) => record.protocolErrors).length;
    return [
      {
        fault: `${come} calls at once where ${most} have room`,
        required: `${most} streams, the others dialled through by the webhook, no stream refused`,
        seen: `${streaming} streams, ${dialled} dialled, ${refused} refused, ${errors} errors of the protocol`,
        held: streaming === most && dialled === come - most && refused === 0 && errors === 0,
      },
    ];
  } finally {
    await twilio.close();
    await gateway.stop();
  }
}

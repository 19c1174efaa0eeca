import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { DrillRow } from '../drill-topic.js';
import { inTurns, metric, post, twilioTo, voiceForm } from './attacked-gateway.js';
import { recordedCalls } from './replayed-webhooks.js';

const HANG_UP = '<Response><Hangup/></Response>';

/** Twilio's callbacks of calls, as a network may bring them. */
export async function shuffledCallbacks(
  one: GatewayProcess,
  other: GatewayProcess,
  databaseUrl: string,
): Promise<DrillRow[]> {
  const twilio = twilioTo(one.url);
  const wrong: string[] = [];
  const callSids: string[] = [];
  await inTurns(30, 5, async () => {
    const call = twilio.call({ keepAudio: false });
    callSids.push(call.callSid);
    await call.untilSpeaking();
    const form = { ...voiceForm(), CallSid: call.callSid };
    for (const what of shuffled([
      'ringing',
      'in-progress',
      'completed',
      'ringing',
      'completed',
      'stream-stopped',
      'stream-started',
      'stream-error',
    ])) {
      const [path, name] = what.startsWith('stream')
        ? ['stream-status', 'StreamEvent']
        : ['call-status', 'CallStatus'];
      const { status } = await post(Math.random() < 0.5 ? one : other, `/twilio/${path}`, {
        ...form,
        [name]: what,
      });
      if (status !== 204) wrong.push(`${what}: ${status}`);
    }
    await call.hangUp();
    const { text } = await post(other, '/twilio/voice', form);
    if (!text.includes(HANG_UP)) wrong.push('not over');
  });
  const rows = await recordedCalls(databaseUrl, callSids);
  const left = await metric(one, 'bayline_live_calls');
  return [
    {
      fault: 'callbacks of 30 calls, twice, out of order, at either gateway',
      required: '204 to each, every call over, one row each, none live',
      seen: `${wrong.length} otherwise ${wrong.slice(0, 3).join('; ')}, ${rows} rows, ${left - 1} more live`,
      // The call of the later replays lives meanwhile.
      held: wrong.length === 0 && rows === 30 && left === 1,
    },
  ];
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

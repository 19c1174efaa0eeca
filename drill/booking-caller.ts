import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '../src/errors.js';
import type { Session } from '../src/sessions/session.js';
import type { TwilioCall } from '../src/simulator/twilio-call.js';

const STEPS: readonly (readonly [state: Session['current_state'], key: string])[] = [
  ['greeting', '1'],
  ['collecting_info', '1'],
  ['booking', '1'],
  ['confirmation', '1'],
];
const LOOK_MS = 40;
const THINK_MS = 800;
const STEP_MS = 45_000;

/**
 * A caller who books the first time offered: presses each key a moment after the agent asks for it, again where the
 * line broke, and hangs up when the booking was told. Returns what went wrong. `stop`: leaves the call as it then is.
 */
export async function bookByKeys(
  call: TwilioCall,
  look: (callSid: string) => Promise<Session | null>,
  stop?: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + 2 * STEP_MS;
  let answered = '';
  while (performance.now() < deadline && !stop?.aborted) {
    const session = await look(call.callSid);
    if (typeof session?.collected_data.appointment_id === 'number') {
      await call.hangUp();
      return [];
    }
    if (call.state === 'ended')
      return [`ended in ${session?.current_state ?? 'no state'}: ${JSON.stringify(call.record.outcome)}`];
    const step = STEPS.find(([state]) => state === session?.current_state);
    // Each prompt is answered once.
    const { stream_sid, current_state, conversation_history } = session ?? {};
    const question = `${stream_sid} ${current_state} ${conversation_history?.length}`;
    if (step && session?.speaking && question !== answered) {
      await pause(Math.random() * THINK_MS);
      answered = press(call, step[1]) ? question : answered;
    }
    await pause(LOOK_MS);
  }
  if (stop?.aborted) return ['left as it is'];
  await call.hangUp();
  return [`no booking within ${Math.round((2 * STEP_MS) / 1000)} s`];
}

/** False when no stream is open to hear the key. */
function press(call: TwilioCall, key: string): boolean {
  try {
    call.press(key);
    return true;
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
}

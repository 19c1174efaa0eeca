import { setTimeout as pause } from 'node:timers/promises';
import { SimulatorError } from '../../packages/twilio-simulator/src/error.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';

const STEPS: readonly (readonly [state: Session['current_state'], key: string])[] = [
  ['greeting', '1'],
  ['collecting_info', '1'],
  ['booking', '1'],
  ['confirmation', '1'],
];
const LOOK_MS = 40;
const HEAR_MS = 150;
const STEP_MS = 45_000;

export interface Habits {
  /** The longest that the caller thinks before a key. */
  readonly thinkMs: number;
  /** Listens until the agent ends the call, instead of hanging up as soon as there is a booking. */
  readonly patient: boolean;
  /** Leaves the call as it then is. */
  readonly stop: AbortSignal;
  /** Which of the times offered; the first when absent. */
  readonly timeKey: string;
  /** Waited for before the key that answers this state. */
  readonly before: (state: Session['current_state']) => Promise<unknown> | undefined;
}

/**
 * A caller who books the first time offered: presses each key a moment after the agent asks for it, again where the
 * line broke or the book could not be reached. Returns what went wrong.
 */
export async function bookByKeys(
  call: TwilioCall,
  look: (callSid: string) => Promise<Session | null>,
  { thinkMs = 800, patient = false, before, timeKey = '1', stop }: Partial<Habits> = {},
): Promise<string[]> {
  const deadline = performance.now() + 2 * STEP_MS;
  let answered = '';
  let last: Session | null = null;
  while (performance.now() < deadline && !stop?.aborted) {
    const session = await look(call.callSid);
    last = session ?? last;
    if (typeof session?.collected_data.appointment_id === 'number') {
      if (!patient) await call.hangUp();
      await call.untilEnded();
      return [];
    }
    if (call.state === 'ended') return [`${JSON.stringify(call.record.outcome)} ${endOf(last)}`];
    const step = STEPS.find(([state]) => state === session?.current_state);
    const question = questionOf(session);
    if (step && session?.speaking && question !== answered) {
      await pause(HEAR_MS + Math.random() * thinkMs);
      await before?.(step[0]);
      // What is looked at is a little behind: each prompt is answered once, and none that is over.
      if (questionOf(await look(call.callSid)) !== question) continue;
      const key = step[0] === 'booking' ? timeKey : step[1];
      answered = press(call, key) ? question : answered;
    }
    await pause(LOOK_MS);
  }
  if (stop?.aborted) return ['left as it is'];
  await call.hangUp();
  return [`no booking within ${Math.round((2 * STEP_MS) / 1000)} s, ${endOf(last)}`];
}

function endOf(session: Session | null): string {
  if (!session) return 'before there was a session';
  const turns = session.conversation_history.slice(-3).map(({ role, content }) => `${role}: ${content}`);
  return `in ${session.current_state} after ${turns.join(' / ')}`;
}

function questionOf(session: Session | null): string {
  const { stream_sid, current_state, conversation_history } = session ?? {};
  return `${stream_sid} ${current_state} ${conversation_history?.length}`;
}

/** False when no stream is open to hear the key. */
function press(call: TwilioCall, key: string): boolean {
  try {
    call.press(key);
    return true;
  } catch (error) {
    if (error instanceof SimulatorError) return false;
    throw error;
  }
}

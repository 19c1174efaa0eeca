import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';

/** What became of one call whose gateway died. */
export interface Fate {
  readonly callSid: string;
  /** From the broken stream to the first audio after it; null when the call was over by then. */
  readonly silenceMs: number | null;
  /** The same from the answer to the webhook that asked what is next. */
  readonly sinceWebhookMs: number | null;
  /** How long before the death the last change was made that the heir does not know; 0 when it knows all. */
  readonly lostMs: number;
  /** The heir went on elsewhere than where the call was: `before -> after`; null when it did not. */
  readonly astray: string | null;
  /** The call was over so long before the death; below 0: after it. */
  readonly endedBeforeMs: number;
  /** Messages that came for another stream than the one that was open. */
  readonly foreign: number;
  readonly problems: readonly string[];
}

/** How long the caller heard nothing, by two clocks. */
export function silenceOf({
  record,
}: Pick<TwilioCall, 'record'>): Pick<Fate, 'silenceMs' | 'sinceWebhookMs'> {
  const [asked] = record
    .of('request')
    .filter(({ purpose }) => purpose === 'redirect' || purpose === 'action');
  const [broken] = record.of('stream-ended');
  if (!asked || !broken) return { silenceMs: null, sinceWebhookMs: null };
  const audio = record.of('agent-speaks').find(({ at }) => at > broken.at);
  if (!audio && record.outcome?.kind === 'caller-hung-up') return { silenceMs: null, sinceWebhookMs: null };
  if (!audio) return { silenceMs: Number.POSITIVE_INFINITY, sinceWebhookMs: Number.POSITIVE_INFINITY };
  return { silenceMs: audio.at - broken.at, sinceWebhookMs: audio.at - asked.at };
}

/** The age, at the death, of the oldest state or key that the heir does not know. */
export function lostOf(before: Session | undefined, resumed: Session, diedAt: number): number {
  const known = new Set(changesOf(resumed));
  const missing = before ? changesOf(before).filter((time) => !known.has(time)) : [];
  return Math.max(0, ...missing.map((time) => diedAt - Date.parse(time)));
}

/** When each state began and each key was pressed. */
function changesOf({ states, conversation_history }: Session): string[] {
  const keys = conversation_history.filter(({ role }) => role === 'user');
  return [...states.map(({ time }) => time), ...keys.map(({ timestamp }) => timestamp)];
}

const STEPS = ['greeting', 'collecting_info', 'booking', 'confirmation', 'completed'];

/** A call goes on where it was, or one step further when a key was under way; further back only by what was `lost` and may be. */
export function astrayOf(before: Session | undefined, resumed: Session | null, lost: number): string | null {
  if (!before || !resumed) return null;
  const further = placeOf(resumed) - placeOf(before);
  const isNear = further === 0 || further === 1 || (further < 0 && lost > 0);
  return isNear ? null : `${before.current_state} -> ${resumed.current_state}`;
}

// What was chosen is kept anew before it is read back, and a booking is looked up before it is told again.
function placeOf({ current_state, collected_data }: Session): number {
  if (typeof collected_data.appointment_id === 'number') return STEPS.indexOf('completed');
  const isChosen = current_state === 'booking' && collected_data.appointment_time !== undefined;
  return STEPS.indexOf(isChosen ? 'confirmation' : current_state);
}

import type { CallLatency, StoredState, StoredTurn, StoredUsage } from '../database/call-schema.js';

/**
 * What came of a call, the first that holds: `booked`, `callback_requested` (the shop is to ring the caller), `transferred` to a person,
 * `completed` by the agent's goodbye or by the words of a shop that is set to closed; else how it ended: `hung_up` by the caller, `failed` when
 * its stream broke too often or it was turned away, `abandoned` when the caller hung up before the transcript has a turn of theirs, or the
 * stream broke and nothing more came of the call.
 */
export const CALL_OUTCOMES = [
  'booked',
  'callback_requested',
  'completed',
  'transferred',
  'hung_up',
  'abandoned',
  'failed',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** What remains of a call. */
export interface FinishedCall {
  readonly call_sid: string;
  /** E.164 where the number is one, else what Twilio sent. */
  readonly caller_phone: string;
  readonly customer_id: number | null;
  /** ISO 8601 UTC. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  readonly states: readonly StoredState[];
  readonly outcome: CallOutcome;
  /** How often the caller cut the agent off. */
  readonly interruptions: number;
  /** What was said and can have been heard. */
  readonly transcript: readonly StoredTurn[];
  /** What the agent said before interruptions cut it, where that was kept; else null. */
  readonly full_transcript: readonly StoredTurn[] | null;
  /** Null where it was not measured: a call that ended on another gateway, or before there were figures. */
  readonly latency: CallLatency | null;
  /** Who had the call: `realtime`, `keypad`, or one after the other as `realtime>keypad`; null where nobody had, and in calls of before it was kept. */
  readonly agent: string | null;
  /** Null without a model. */
  readonly usage: StoredUsage | null;
  /** What the caller wanted last; null: nothing that was understood, or a call of before it was kept. */
  readonly intent: string | null;
  /** The call in one line, without names and numbers; null in calls of before it was kept. */
  readonly summary: string | null;
  /** The names of its states with `>` between them. */
  readonly path: string;
  /** It began when the shop was closed. */
  readonly after_hours: boolean;
  /** From a browser, to try the line: in no figure by default, and never on the list of call-backs. */
  readonly test: boolean;
  /** What came of dialling a person, as Twilio's `DialCallStatus`; null: nobody was dialled, or it is not known yet. */
  readonly dial_status: string | null;
}

/** A call that has just ended, with what is to be done about it beside its row. */
export interface EndedCall extends FinishedCall {
  /** The appointment of whose booking or new time the caller has heard to the end; null: of none. */
  readonly confirmed_appointment: number | null;
  /** Null: the caller was served, wanted nothing, or cannot be rung. */
  readonly callback: CallbackDue | null;
}

/** What a caller is to be rung for, the first that holds. */
export const CALLBACK_REASONS = [
  'requested',
  'no_person_answered',
  'unconfirmed_booking',
  'failed',
  'dropped_off',
] as const;
export type CallbackReason = (typeof CALLBACK_REASONS)[number];

/** That the shop is to ring whoever has called. */
export interface CallbackDue {
  readonly reason: CallbackReason;
  readonly urgent: boolean;
  /** For staff only: it may hold words of the caller. */
  readonly summary: string;
  /** A person is being dialled: it is due only if nobody answers. */
  readonly is_dialled: boolean;
}

/** What Twilio tells of a person whom it has dialled for a call. */
export interface DialResult {
  readonly call_sid: string;
  readonly caller_phone: string;
  /** It is the number of a telephone. */
  readonly can_be_rung: boolean;
  /** Twilio's `DialCallStatus`. */
  readonly dial_status: string;
  /** When it was told, ISO 8601 UTC. */
  readonly time: string;
}

/** A call's `path`. */
export function pathOf(states: readonly StoredState[]): string {
  return states.map(({ name }) => name).join('>');
}

/** What Twilio says of a dial when a person has answered. */
export const ANSWERED: readonly string[] = ['completed', 'answered'];

/** Whether a person has answered who was dialled. */
export function isAnswered(dialStatus: string): boolean {
  return ANSWERED.includes(dialStatus);
}

export interface CallQuery {
  /** Only calls with one of these outcomes; absent: with any. */
  readonly outcomes?: readonly CallOutcome[] | undefined;
  /** Only calls that were made to try the line, or only the others; absent: both. */
  readonly isTest?: boolean | undefined;
  /** Only calls that began at this instant or later. */
  readonly from?: Date | undefined;
  /** Only calls that began before this instant. */
  readonly to?: Date | undefined;
  /** Only calls of this customer, whichever number they came from. */
  readonly customerId?: number | undefined;
  readonly limit: number;
  /** The `call_sid` of the last call of the page before; a call that does not exist gives an empty page. */
  readonly before?: string | undefined;
}

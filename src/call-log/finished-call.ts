import { z } from 'zod';
import { CallerNumber, CallSid, Count, Id, Milliseconds, Time, type Unchanged } from '../core/fields.js';
import { CallLatency, type StoredState, StoredTurn, StoredUsage } from '../database/call-schema.js';

/**
 * What came of a call, the first that holds: `booked`, `callback_requested` (the shop is to ring the caller), `transferred` to a person,
 * `completed` by the agent's goodbye, by staff or by the words of a shop that is set to closed; else how it ended: `hung_up` by the
 * caller, `failed` when its stream broke too often or it was turned away, `abandoned` when the caller hung up before the transcript has a
 * turn of theirs, or the stream broke and nothing more came of the call.
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
export const FinishedCall = z
  .object({
    call_sid: CallSid,
    caller_phone: CallerNumber,
    customer_id: Id.nullable(),
    started_at: Time,
    ended_at: Time,
    duration_ms: Milliseconds,
    states: z
      .array(z.object({ name: z.string(), time: Time }))
      .describe('the states passed, and when each began'),
    outcome: z.enum(CALL_OUTCOMES),
    interruptions: Count.describe('how often the caller cut the agent off'),
    transcript: z.array(StoredTurn).describe('what was said and can have been heard'),
    full_transcript: z
      .array(StoredTurn)
      .nullable()
      .describe('with what the agent said before interruptions cut it, where that was kept'),
    latency: CallLatency.nullable(),
    agent: z.string().nullable().describe('who had the call; `realtime>keypad`: one after the other'),
    usage: StoredUsage.nullable().describe('null without a model'),
    intent: z.string().nullable().describe('what the caller wanted last; null: nothing that was understood'),
    summary: z.string().nullable().describe('the call in one line, without names and numbers'),
    path: z.string().describe('the names of the states passed, with `>` between them'),
    after_hours: z.boolean().describe('it began when the shop was closed'),
    test: z.boolean().describe('from a browser, to try the line'),
    dial_status: z
      .string()
      .nullable()
      .describe(
        'what came of dialling a person, as Twilio says; null: nobody was dialled, or it is not known yet',
      ),
  })
  .meta({ id: 'FinishedCall', description: 'What remains of a call.' });
export type FinishedCall = Unchanged<z.infer<typeof FinishedCall>>;

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
  /** One for the same that stands open for the number, of another call within ten minutes, is enough. */
  readonly joins_open?: true;
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

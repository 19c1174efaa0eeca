/** How a call ended: `booked` and `completed` by the agent's goodbye, `abandoned` before anything was said or pressed. */
export const CALL_OUTCOMES = [
  'booked',
  'completed',
  'transferred',
  'hung_up',
  'abandoned',
  'failed',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** A state that the call passed through and when it entered it (ISO 8601 UTC). */
export interface PassedState {
  readonly name: string;
  readonly time: string;
}

/** One turn of the conversation; a session's turns fit. */
export interface TranscriptTurn {
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
  readonly interrupted?: true;
}

/** What remains of a call (contract section 7). */
export interface FinishedCall {
  readonly call_sid: string;
  /** E.164 where the number is one, else what Twilio sent. */
  readonly caller_phone: string;
  readonly customer_id: number | null;
  /** ISO 8601 UTC. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  readonly states: readonly PassedState[];
  readonly outcome: CallOutcome;
  /** How often the caller cut the agent off. */
  readonly interruptions: number;
  /** What was said and can have been heard. */
  readonly transcript: readonly TranscriptTurn[];
  /** What the agent said before interruptions cut it, where that was kept; else null. */
  readonly full_transcript: readonly TranscriptTurn[] | null;
}

export interface CallQuery {
  /** Only calls that began at this instant or later. */
  readonly from?: Date | undefined;
  /** Only calls that began before this instant. */
  readonly to?: Date | undefined;
  readonly limit: number;
  /** The `call_sid` of the last call of the page before; a call that does not exist gives an empty page. */
  readonly before?: string | undefined;
}

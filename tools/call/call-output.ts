import type { CallEvent, Outcome } from '../../packages/twilio-simulator/src/call-record.js';
import type { BookedAppointment, LoggedCall } from './call-api.js';
import type { LiveSessionView } from './live-session-view.js';

/** What a call came to. */
export interface CallSummary {
  readonly callSid: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** From the stream's start to the first audio; `null` when there was none. */
  readonly greetingDelayMs: number | null;
  /** How often the agent's audio came too late, and how much silence that made within its words. */
  readonly gaps: { readonly count: number; readonly totalMs: number };
  readonly states: readonly string[];
  readonly booked: BookedAppointment | null;
  readonly logged: LoggedCall | null;
  /** What the gateway's API did not tell, and why. */
  readonly apiProblems: readonly string[];
  readonly protocolErrors: readonly string[];
  readonly recording: string | null;
  /** It ended as the TwiML said and the gateway kept to the protocol. */
  readonly ok: boolean;
}

/** Where a call is shown while it goes on, and what it came to. */
export interface CallOutput {
  /** A remark that belongs to no moment of the call. */
  note(text: string): void;
  event(event: CallEvent): void;
  /** The session as it now is. */
  session(session: LiveSessionView, atMs: number): void;
  summary(summary: CallSummary): void;
}

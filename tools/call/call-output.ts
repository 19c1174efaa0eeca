import type { CallSummary } from '../../packages/twilio-simulator/src/call-command/call-summary.js';
import type { CallEvent } from '../../packages/twilio-simulator/src/call-record.js';
import type { BookedAppointment, LoggedCall } from './call-api.js';
import type { LiveSessionView } from './live-session-view.js';
import type { ModelStep } from './model-track.js';

/** What a call came to, with what the gateway's API tells of it. */
export interface GatewayCallSummary extends CallSummary {
  readonly states: readonly string[];
  readonly booked: BookedAppointment | null;
  readonly logged: LoggedCall | null;
  /** What was said to the scripted model against its protocol; `null`: there was none. */
  readonly modelBreaches: readonly string[] | null;
  /** What the gateway's API did not tell, and why. */
  readonly apiProblems: readonly string[];
}

/** Where a call is shown while it goes on, and what it came to. */
export interface CallOutput {
  /** A remark that belongs to no moment of the call. */
  note(text: string): void;
  event(event: CallEvent): void;
  /** The session as it now is. */
  session(session: LiveSessionView, atMs: number): void;
  /** What the scripted model does, where there is one. */
  model(step: ModelStep, atMs: number): void;
  summary(summary: GatewayCallSummary): void;
}

import type { CallRecord, Outcome } from '../call-record.js';

/** What a call came to. */
export interface CallSummary {
  readonly callSid: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** From the stream's start to the first audio; `null` when there was none. */
  readonly greetingDelayMs: number | null;
  /** How often the agent's audio came too late, and how much silence that made within its words. */
  readonly gaps: { readonly count: number; readonly totalMs: number };
  readonly protocolErrors: readonly string[];
  readonly recording: string | null;
  /** It ended as the TwiML said and the server kept to the protocol. */
  readonly ok: boolean;
}

/** `recording`: the file that both sides are written to. */
export function summaryOf(record: CallRecord, recording: string | null): CallSummary {
  const outcome = record.outcome ?? { kind: 'vanished' };
  const protocolErrors = record.protocolErrors.map(
    ({ code, message }) => `${message} (Twilio error ${code})`,
  );
  return {
    callSid: record.callSid,
    outcome,
    durationMs: Math.round(record.durationMs),
    greetingDelayMs: record.firstAudioDelayMs === null ? null : Math.round(record.firstAudioDelayMs),
    gaps: { count: record.gaps.length, totalMs: Math.round(record.gaps.reduce((sum, ms) => sum + ms, 0)) },
    protocolErrors,
    recording,
    ok: ['hangup', 'dial', 'end-of-twiml'].includes(outcome.kind) && protocolErrors.length === 0,
  };
}

import {
  type CallbackReason,
  type CallOutcome,
  type EndedCall,
  type FinishedCall,
  pathOf,
} from '../call-log/finished-call.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { EndOfCall } from './finished-call.js';

/**
 * Why a call was given no stream: `no_room`, `number_full` (as many other calls of its number went on as may), `forwarded` and `closed` as the shop
 * is set (`answering`); `no_stream`: it was offered one again and again, and none started.
 */
export type UnservedBecause = 'no_room' | 'number_full' | 'forwarded' | 'closed' | 'no_stream';

/** A call that no agent has talked with. */
export interface UnservedCall {
  readonly callSid: string;
  readonly from: string;
  readonly because: UnservedBecause;
  /** What it was told, before the person was dialled or it was hung up; null: nothing. */
  readonly words: string | null;
  /** A person is being dialled for it. */
  readonly isDialled: boolean;
}

interface End {
  readonly outcome: CallOutcome;
  readonly reason: CallbackReason;
  readonly why: string;
  readonly instead: string;
}

/** Where no person is dialled. */
const ENDS: Readonly<Record<UnservedBecause, End>> = {
  no_room: {
    outcome: 'failed',
    reason: 'failed',
    why: 'Called while all lines were busy',
    instead: 'was asked to call again',
  },
  number_full: {
    outcome: 'callback_requested',
    reason: 'requested',
    why: 'Called while as many other calls of the number went on as may',
    instead: 'was promised a call back',
  },
  forwarded: {
    outcome: 'failed',
    reason: 'no_person_answered',
    why: 'Called while the shop has its calls put through to a person',
    instead: 'and nobody could be dialled',
  },
  closed: {
    outcome: 'completed',
    reason: 'no_person_answered',
    why: 'Called while the shop takes no calls',
    instead: 'heard when it is open',
  },
  no_stream: {
    outcome: 'failed',
    reason: 'failed',
    why: 'Called, and no connection to the agent came about',
    instead: 'was asked to call again',
  },
};

/** The call log's entry for a call that no agent has talked with. It ends when it is answered; whether its caller is to be rung back is in it. */
export function unservedCall(call: UnservedCall, { now, isOpenAt }: Omit<EndOfCall, 'isDialled'>): EndedCall {
  const { callSid, from, because, words, isDialled } = call;
  const { outcome, reason, why, instead } = ENDS[because];
  const time = now.toISOString();
  const states = [{ name: isDialled ? 'transferring' : 'greeting', time }];
  const summary = `${why}; ${isDialled ? 'a person was rung' : instead}.`;
  const due = isDialled ? 'no_person_answered' : reason;
  // Whoever was invited and lost the connection counts as cut off each time.
  const joins = isDialled || because === 'no_stream' ? {} : ({ joins_open: true } as const);
  return {
    call_sid: callSid,
    caller_phone: from,
    customer_id: null,
    started_at: time,
    ended_at: time,
    duration_ms: 0,
    states,
    outcome: isDialled ? 'transferred' : outcome,
    interruptions: 0,
    transcript: words === null ? [] : [{ role: 'assistant', content: words, timestamp: time }],
    full_transcript: null,
    latency: null,
    agent: null,
    usage: null,
    intent: null,
    summary,
    path: pathOf(states),
    after_hours: !isOpenAt(now),
    test: false,
    dial_status: null,
    confirmed_appointment: null,
    callback:
      normalizePhone(from) === null
        ? null
        : { reason: due, urgent: false, summary, is_dialled: isDialled, ...joins },
  };
}

/** What such a call was told, and whether a person was dialled; null for one that an agent has talked with. */
export function answerGiven(call: FinishedCall): Pick<UnservedCall, 'words' | 'isDialled'> | null {
  if (call.agent !== null || call.latency !== null || call.ended_at !== call.started_at) return null;
  return { words: call.transcript[0]?.content ?? null, isDialled: call.outcome === 'transferred' };
}

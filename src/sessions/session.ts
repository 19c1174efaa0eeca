/** The states a call passes through; also the touch-tone menu's. */
export const CALL_STATES = [
  'greeting',
  'collecting_info',
  'booking',
  'confirmation',
  'transferring',
  'completed',
] as const;
export type CallState = (typeof CALL_STATES)[number];

/** What a caller can want. */
export const INTENTS = [
  'book_appointment',
  'list_appointments',
  'move_appointment',
  'cancel_appointment',
  'shop_info',
  'vehicle_status',
  'talk_to_person',
] as const;
export type Intent = (typeof INTENTS)[number];

/** One turn of the conversation. An assistant's turn holds only words that the caller can have heard. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'function';
  readonly content: string;
  /** ISO 8601 UTC: when the turn began. */
  readonly timestamp: string;
  /** The caller cut the agent off in this turn; absent when it was heard to its end. */
  readonly interrupted?: true;
}

/** What is known of the appointment so far. Further keys may be added by agents. */
export interface CollectedData {
  readonly service_type?: string;
  readonly vehicle_id?: number;
  /** ISO 8601 with offset. */
  readonly appointment_time?: string;
  /** The caller was promised that the shop calls back. */
  readonly callback_requested?: true;
  /** The id of the caller's appointment that is being heard, moved or cancelled. */
  readonly chosen_appointment_id?: number;
  /** The caller has heard the goodbye that was being said when the call was over. */
  readonly last_words_heard?: true;
  /** The caller has heard to the end of what was booked or moved last: the mark of its words came back. */
  readonly appointment_confirmed?: true;
  /** Which appointment that was. */
  readonly confirmed_id?: number;
  /** What this call has done last to an appointment that stood in the book. */
  readonly appointment_change?: 'moved' | 'cancelled';
  /** The caller needs help soon: the car does not drive. */
  readonly urgent?: true;
  /** The caller gave no more answer, and was told goodbye. */
  readonly unanswered?: true;
  readonly [key: string]: unknown;
}

/** A customer that the caller has proved to be, and how: the carrier attests the number, or digits of a VIN were keyed. */
export interface Verified {
  readonly by: 'attestation' | 'vin';
  readonly customer_id: number;
}

/** So many wrong answers to the question for digits of a VIN are the last of a call. */
export const VIN_TRIES = 3;

/** What the agent was to say and the caller did not hear, or not to its end. With these the history is all that was said, heard or not. */
export interface UnheardTurn {
  /** The turn of `conversation_history` before which it belongs, counted from 0. */
  readonly at: number;
  /** It is that turn, of which the history has what was heard. */
  readonly partly_heard: boolean;
  /** All of it. */
  readonly content: string;
  /** ISO 8601 UTC: when it began. */
  readonly timestamp: string;
}

/** Delays of one kind in whole milliseconds; `latest` are the latest {@link MAX_DELAYS}, the oldest first. */
export interface Delays {
  readonly count: number;
  readonly max: number;
  readonly latest: readonly number[];
}

/** A call of hours must not grow: so many delays of a kind are kept for the median. */
export const MAX_DELAYS = 100;
export const DELAYS = ['response', 'interruption', 'mark_lag', 'model'] as const;

/** What the caller has waited for so far; null where nothing of the kind happened. */
export type CallDelays = { readonly [kind in (typeof DELAYS)[number]]: Delays | null } & {
  readonly greeting_ms: number | null;
};

/** Tokens as a model's server counted them; `cached_in` is a part of the tokens in. */
export interface TokenUsage {
  readonly audio_in: number;
  readonly text_in: number;
  readonly cached_in: number;
  readonly audio_out: number;
  readonly text_out: number;
}

/** What ends a call from outside: staff at the front desk, or the time that a call from a browser has. */
export const INTERVENTIONS = ['transfer', 'end', 'time_limit'] as const;

/** Who has ended the stream of a call, and what is to follow: the person at the shop is dialled, or the call ends. */
export interface Intervention {
  readonly kind: (typeof INTERVENTIONS)[number];
  /** The name with which the front desk was signed in to; null: it has none. */
  readonly by: string | null;
  /** ISO 8601 UTC. */
  readonly time: string;
}

/** The state of one live call, exactly as it stands in `session:{call_sid}`. */
export interface Session {
  readonly call_sid: string;
  readonly stream_sid: string;
  /** E.164 where the number is one; else what Twilio sent (`anonymous`, `client:…`, `sip:…`). */
  readonly caller_phone: string;
  readonly customer_id: number | null;
  readonly conversation_history: readonly Turn[];
  readonly current_state: CallState;
  readonly collected_data: CollectedData;
  readonly intent: Intent | null;
  /** Audio of the agent is playing to the caller right now. */
  readonly speaking: boolean;
  readonly created_at: string;
  readonly last_updated: string;
  /** StirVerstat's verdict on the caller's number, as Twilio sent it; null when it sent none. */
  readonly attestation: string | null;
  /** The states passed so far and when each began (ISO 8601 UTC). */
  readonly states: readonly { readonly name: CallState; readonly time: string }[];
  /** How often the caller cut the agent off. */
  readonly interruptions: number;
  /** How often the stream of this call was picked up again after it broke. */
  readonly resumes: number;
  /** Null: nothing is proved, whatever `customer_id` says; that one goes by the number alone. */
  readonly verified: Verified | null;
  /** Wrong digits of a VIN so far; {@link VIN_TRIES} at most. */
  readonly vin_tries: number;
  /** How often the call's agent has asked the desk to write something. */
  readonly desk_writes: number;
  readonly unheard: readonly UnheardTurn[];
  readonly delays: CallDelays;
  /** The names of the agents that had the call, one after the other. */
  readonly agents: readonly string[];
  /** Of all models that had the call; null: none has told any. */
  readonly usage: TokenUsage | null;
  /** From a browser, to try the line; absent: from the telephone. */
  readonly test?: true;
  /** Absent: nobody has intervened. */
  readonly intervention?: Intervention;
}

import { type SQL, sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, type PgColumn, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { identity, instant, shop } from './schema.js';

/** A state that a call passed through and when it entered it (ISO 8601 UTC). */
export interface StoredState {
  readonly name: string;
  readonly time: string;
}

/** One turn of a finished call's transcript; a session's turns fit. */
export interface StoredTurn {
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
  readonly interrupted?: true;
}

/** Delays of one kind, in whole milliseconds. */
export interface LatencyFigures {
  readonly count: number;
  readonly median: number;
  readonly max: number;
}

/** What the caller waited for; null where nothing of the kind happened. */
export interface CallLatency {
  /** From the stream's start to the first audio sent. */
  readonly greeting_ms: number | null;
  /** From the end of the caller's speech or key to the first audio of the answer at the caller's ear. */
  readonly response_ms: LatencyFigures | null;
  /** From the beginning of an interruption by voice or key to silence at the caller's ear. */
  readonly interruption_ms: LatencyFigures | null;
  /** How late marks came back after their audio must have been played. */
  readonly mark_lag_ms: LatencyFigures | null;
  /** From the end of the caller's speech to the first audio of the agent's model. */
  readonly model_ms: LatencyFigures | null;
}

/** Calls of before there were models have no delays of them. */
type StoredLatency = Omit<CallLatency, 'model_ms'> & Partial<Pick<CallLatency, 'model_ms'>>;

/** Tokens that the models of a finished call took, as their server counted them; `cached_in` is a part of the tokens in. */
export interface StoredUsage {
  readonly audio_in: number;
  readonly text_in: number;
  readonly cached_in: number;
  readonly audio_out: number;
  readonly text_out: number;
}

/** The call still has a transcript. */
export const hasWords = ({ transcript, fullTranscript }: Record<'transcript' | 'fullTranscript', PgColumn>) =>
  sql`(${transcript} <> '[]'::jsonb or ${fullTranscript} is not null)`;

/** A delay as the database takes it out of `latency`; rounded, because a row must never be refused for it. */
function milliseconds(path: string): SQL {
  return sql.raw(`round(("latency" ${path})::numeric)::integer`);
}

export const calls = shop.table(
  'calls',
  {
    id: identity(),
    callSid: text('call_sid').notNull(),
    callerPhone: text('caller_phone').notNull(),
    /** Not a foreign key: a call is remembered whatever becomes of the customer. */
    customerId: integer('customer_id'),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    states: jsonb('states').$type<readonly StoredState[]>().notNull(),
    outcome: text('outcome').notNull(),
    interruptions: integer('interruptions').notNull(),
    transcript: jsonb('transcript').$type<readonly StoredTurn[]>().notNull(),
    fullTranscript: jsonb('full_transcript').$type<readonly StoredTurn[]>(),
    latency: jsonb('latency').$type<StoredLatency>(),
    /** The names of its agents, one after the other, with `>` between them. */
    agent: text('agent'),
    usage: jsonb('usage').$type<StoredUsage>(),
    intent: text('intent'),
    /** The call in one line, without names and numbers. */
    summary: text('summary'),
    /** The names of its states with `>` between them: figures are counted by it. */
    path: text('path').notNull().default(''),
    /** It began when the shop was closed. */
    afterHours: boolean('after_hours').notNull().default(false),
    /** From a browser, to try the line: in no figure by default. */
    test: boolean('test').notNull().default(false),
    /** What came of dialling a person, as Twilio's `DialCallStatus`; null: nobody was dialled, or it is not known yet. */
    dialStatus: text('dial_status'),
    // Of `latency`, each by itself: figures are counted by them, and nobody writes them.
    greetingMs: integer('greeting_ms').generatedAlwaysAs(milliseconds("->> 'greeting_ms'")),
    responseMs: integer('response_ms').generatedAlwaysAs(milliseconds("-> 'response_ms' ->> 'median'")),
    interruptionMs: integer('interruption_ms').generatedAlwaysAs(
      milliseconds("-> 'interruption_ms' ->> 'median'"),
    ),
    modelMs: integer('model_ms').generatedAlwaysAs(milliseconds("-> 'model_ms' ->> 'median'")),
    markLagMs: integer('mark_lag_ms').generatedAlwaysAs(milliseconds("-> 'mark_lag_ms' ->> 'median'")),
  },
  (table) => [
    uniqueIndex('calls_call_sid_unique').on(table.callSid),
    index('calls_started_at').on(table.startedAt),
    // All that is sorted or counted by time for the figures: the table itself is read for paths and outcomes alone.
    index('calls_figures').on(
      table.startedAt,
      table.test,
      table.durationMs,
      table.greetingMs,
      table.responseMs,
      table.interruptionMs,
      table.modelMs,
      table.markLagMs,
    ),
    index('calls_caller_phone').on(table.callerPhone, table.startedAt),
    index('calls_customer').on(table.customerId),
    // Whose words are to go after the retention time: those that have some.
    index('calls_with_words').on(table.startedAt).where(hasWords(table)),
  ],
);

/** Whom the shop is to ring: one for a call that ended without what its caller wanted. */
export const callbacks = shop.table(
  'callbacks',
  {
    id: identity(),
    callSid: text('call_sid').notNull(),
    callerPhone: text('caller_phone').notNull(),
    customerId: integer('customer_id'),
    reason: text('reason', {
      enum: ['requested', 'no_person_answered', 'dropped_off', 'unconfirmed_booking', 'failed'],
    }).notNull(),
    urgent: boolean('urgent').notNull().default(false),
    summary: text('summary').notNull().default(''),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** `dialling`: not on the list yet; a person is being dialled, who may answer. */
    status: text('status', { enum: ['dialling', 'open', 'done'] })
      .notNull()
      .default('open'),
    note: text('note'),
    /** When it was done; null while it is open. */
    doneAt: instant('done_at'),
  },
  (table) => [
    uniqueIndex('callbacks_call_sid_unique').on(table.callSid),
    index('callbacks_open').on(table.urgent, table.createdAt).where(sql`${table.status} = 'open'`),
    index('callbacks_caller_phone').on(table.callerPhone),
  ],
);

/**
 * What was erased at a person's wish, so that what was on its way then does not bring it back: no number, only its digest, and that for as long as a
 * call may be on its way.
 */
export const erasures = shop.table(
  'erasures',
  {
    id: identity(),
    erasedAt: instant('erased_at').notNull(),
    /** Salted, one for each way of writing the number. */
    numberDigests: jsonb('number_digests').$type<readonly string[]>().notNull(),
    /** Whose recordings go, on every gateway. */
    callSids: jsonb('call_sids').$type<readonly string[]>().notNull(),
  },
  (table) => [index('erasures_erased_at').on(table.erasedAt)],
);

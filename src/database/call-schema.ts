import { type SQL, sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, type PgColumn, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { Count, Milliseconds, Time, type Unchanged } from '../core/fields.js';
import { identity, instant, shop } from './schema.js';

/** A state that a call passed through and when it entered it (ISO 8601 UTC). */
export interface StoredState {
  readonly name: string;
  readonly time: string;
}

/** Delays of one kind. */
export const LatencyFigures = z
  .object({ count: Count, median: Milliseconds, max: Milliseconds })
  .meta({ id: 'Delays', description: 'Delays of one kind, in whole milliseconds.' });
export type LatencyFigures = Unchanged<z.infer<typeof LatencyFigures>>;

/** What the caller waited for. */
export const CallLatency = z
  .object({
    greeting_ms: Milliseconds.nullable().describe("from the stream's start to the first audio sent"),
    response_ms: LatencyFigures.nullable().describe(
      "from the end of the caller's speech or key to the first audio of the answer at the caller's ear",
    ),
    interruption_ms: LatencyFigures.nullable().describe(
      "from the beginning of an interruption to silence at the caller's ear",
    ),
    mark_lag_ms: LatencyFigures.nullable().describe(
      'how late marks came back after their audio must have been played',
    ),
    model_ms: LatencyFigures.nullable().describe(
      "from the end of the caller's speech to the first audio of the agent's model",
    ),
  })
  .meta({
    id: 'Latency',
    description: 'What the caller waited for; null where nothing of the kind happened.',
  });
export type CallLatency = Unchanged<z.infer<typeof CallLatency>>;

/** Tokens that the models of a finished call took. */
export const StoredUsage = z
  .object({ audio_in: Count, text_in: Count, cached_in: Count, audio_out: Count, text_out: Count })
  .meta({ id: 'Usage', description: 'Tokens that the models of a call took, as their server counted them.' });
export type StoredUsage = Unchanged<z.infer<typeof StoredUsage>>;

/** One turn of a finished call's transcript; a session's turns fit. */
export const StoredTurn = z
  .object({
    role: z.string().describe('`user`, `assistant` or `function`'),
    content: z.string(),
    timestamp: Time,
    interrupted: z.literal(true).optional().describe('the caller cut the agent off'),
  })
  .meta({ id: 'Turn', description: 'One turn of a conversation.' });
export type StoredTurn = Unchanged<z.infer<typeof StoredTurn>>;

/** Calls of before there were models have no delays of them. */
type StoredLatency = Omit<CallLatency, 'model_ms'> & Partial<Pick<CallLatency, 'model_ms'>>;

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

import { sql } from 'drizzle-orm';
import {
  check,
  index,
  integer,
  jsonb,
  PgSchema,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

// Named in every statement, so that no search_path of a role or of a pooled session leads elsewhere. `pgSchema()` refuses this name, but only
// because it can be left out.
const shop = new PgSchema('public');

/** The largest `integer` of PostgreSQL: no id is beyond it. */
export const MAX_ID = 2_147_483_647;

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
const identity = () => integer('id').primaryKey().generatedAlwaysAsIdentity();

export const customers = shop.table(
  'customers',
  {
    id: identity(),
    /** E.164. */
    phoneNumber: text('phone_number').notNull(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    email: text('email'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [uniqueIndex('customers_phone_number_unique').on(table.phoneNumber)],
);

export const vehicles = shop.table(
  'vehicles',
  {
    id: identity(),
    customerId: integer('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    make: text('make').notNull(),
    model: text('model').notNull(),
    year: smallint('year'),
    vin: text('vin'),
  },
  (table) => [index('vehicles_customer').on(table.customerId)],
);

/**
 * Appointments, and the holds that keep a place while a caller decides. A bay is never taken twice at the same time: the
 * exclusion constraint `appointments_bay_free` (in the second migration; the schema language has no word for it) sees to that.
 */
export const appointments = shop.table(
  'appointments',
  {
    id: identity(),
    serviceType: text('service_type').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    bay: smallint('bay').notNull(),
    status: text('status', { enum: ['held', 'booked', 'completed', 'cancelled'] }).notNull(),
    /** Until when a hold keeps its place; null on everything that is no hold. */
    heldUntil: instant('held_until'),
    customerId: integer('customer_id').references(() => customers.id, { onDelete: 'set null' }),
    vehicleId: integer('vehicle_id').references(() => vehicles.id, { onDelete: 'set null' }),
    callerPhone: text('caller_phone'),
    callSid: text('call_sid'),
    /** Makes a repeated booking of one call the same booking; freed when it is cancelled or moved. */
    bookingKey: text('booking_key'),
    /** A caller who had proved nothing booked it, with a number shown or without; null on all else. */
    unproved: text('unproved', { enum: ['number', 'no_number'] }),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    index('appointments_unproved')
      .on(table.callerPhone, table.startsAt)
      .where(sql`${table.unproved} is not null`),
    uniqueIndex('appointments_booking_key_unique').on(table.bookingKey),
    uniqueIndex('appointments_one_hold_a_call').on(table.callSid).where(sql`${table.status} = 'held'`),
    index('appointments_starts_at').on(table.startsAt),
    index('appointments_customer').on(table.customerId, table.startsAt),
    check('appointments_hold_ends', sql`(${table.status} = 'held') = (${table.heldUntil} is not null)`),
  ],
);

/** Digits keyed to prove who calls that were wrong, for a day: what is guessed on many calls is counted together. */
export const wrongVinTries = shop.table(
  'wrong_vin_tries',
  {
    id: identity(),
    /** E.164: the number called from, whether or not it is a customer's. */
    phoneNumber: text('phone_number').notNull(),
    triedAt: instant('tried_at').notNull(),
  },
  (table) => [
    index('wrong_vin_tries_number').on(table.phoneNumber, table.triedAt),
    index('wrong_vin_tries_tried_at').on(table.triedAt),
  ],
);

/** A state that a call passed through and when it entered it (ISO 8601 UTC). */
export interface StoredState {
  readonly name: string;
  readonly time: string;
}

/** One turn of a finished call's transcript. */
export interface StoredTurn {
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
  readonly interrupted?: true;
}

/** Delays of one kind, in whole milliseconds. */
export interface StoredFigures {
  readonly count: number;
  readonly median: number;
  readonly max: number;
}

/** What the caller of a finished call waited for. */
export interface StoredLatency {
  readonly greeting_ms: number | null;
  readonly response_ms: StoredFigures | null;
  readonly interruption_ms: StoredFigures | null;
  readonly mark_lag_ms: StoredFigures | null;
  /** Absent in calls of before there were models. */
  readonly model_ms?: StoredFigures | null;
}

/** Tokens that the models of a finished call took, as their server counted them. */
export interface StoredUsage {
  readonly audio_in: number;
  readonly text_in: number;
  readonly cached_in: number;
  readonly audio_out: number;
  readonly text_out: number;
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
  },
  (table) => [
    uniqueIndex('calls_call_sid_unique').on(table.callSid),
    index('calls_started_at').on(table.startedAt),
  ],
);

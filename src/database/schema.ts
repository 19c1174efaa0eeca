import { type SQL, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  PgSchema,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { APPOINTMENT_STATUSES } from './appointment-status.js';
import { foldedSql } from './folded-text.js';

// Named in every statement, so that no search_path of a role or of a pooled session leads elsewhere. `pgSchema()` refuses this name, but only
// because it can be left out.
export const shop = new PgSchema('public');

/** The largest `integer` of PostgreSQL: no id is beyond it. */
export const MAX_ID = 2_147_483_647;

export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
export const identity = () => integer('id').primaryKey().generatedAlwaysAsIdentity();

const foldedMark = (column: string) => sql`replace(${foldedSql(`coalesce(${column}, '')`)}, ' ', '')`;

export const customers = shop.table(
  'customers',
  {
    id: identity(),
    /** E.164. */
    phoneNumber: text('phone_number').notNull(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    email: text('email'),
    /** What staff noted of the customer; callers never hear it. */
    notes: text('notes'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** First and last name as they are searched for. */
    foldedName: text('folded_name').generatedAlwaysAs((): SQL => foldedSql("first_name || ' ' || last_name")),
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
    plate: text('plate'),
    /** VIN and plate as they are searched for: without spaces and hyphens, a space between the two. */
    foldedMarks: text('folded_marks').generatedAlwaysAs(
      (): SQL => sql`${foldedMark('vin')} || ' ' || ${foldedMark('plate')}`,
    ),
  },
  (table) => [index('vehicles_customer').on(table.customerId)],
);

/**
 * Appointments, and the holds that keep a place while a caller decides. A bay is never taken twice at the same time: the
 * exclusion constraint `appointments_bay_free` (written out in a migration; the schema language has no word for it) sees to that.
 */
export const appointments = shop.table(
  'appointments',
  {
    id: identity(),
    serviceType: text('service_type').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    bay: smallint('bay').notNull(),
    /** When its bay is free again, if that is later than the end of the work: the service asks for time after it. */
    freeAt: instant('free_at'),
    status: text('status', { enum: ['held', ...APPOINTMENT_STATUSES] }).notNull(),
    /** The caller heard the confirmation to its end, or staff said that the customer knows. */
    confirmed: boolean('confirmed').notNull().default(false),
    notes: text('notes'),
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
    /** How often the row was changed, and when last: kept by a trigger, whoever writes. */
    revision: integer('revision').notNull().default(0),
    changedAt: instant('changed_at').notNull().defaultNow(),
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

/**
 * Counts what takes or frees a place in the book, in the transaction that does it, whoever writes: by triggers, which stand in the migration
 * `figures-and-revision`. One row; `book` tells the books of two databases apart.
 */
export const bookRevision = shop.table(
  'book_revision',
  {
    id: smallint('id').primaryKey().default(1),
    book: text('book').notNull(),
    revision: bigint('revision', { mode: 'number' }).notNull(),
  },
  (table) => [check('book_revision_one_row', sql`${table.id} = 1`)],
);

/**
 * The lock of the book, see {@link Database.locked}; any number that nothing else in the database locks. While one has it nobody else writes in the
 * book or changes the rules that a booking is checked by: to choose a bay and to take it become one step.
 */
export const BOOK_LOCK = 227_529_464;

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

/** The shop's own settings, in one row; absent: nothing was ever set. */
export const shopSettings = shop.table(
  'shop_settings',
  {
    id: smallint('id').primaryKey().default(1),
    /** One more with every change of settings or closures. */
    revision: integer('revision').notNull(),
    /** What was set, by the names of the API. */
    settings: jsonb('settings').$type<Readonly<Record<string, unknown>>>().notNull(),
    /** Services that the shop does not have any more: type to name, for what is still booked. */
    retired: jsonb('retired').$type<Readonly<Record<string, string>>>().notNull(),
  },
  (table) => [check('shop_settings_one_row', sql`${table.id} = 1`)],
);

/** Days on which the shop, or one bay, is closed or has other hours. */
export const closures = shop.table(
  'closures',
  {
    id: identity(),
    /** Days in the shop's zone; the last one is included. */
    from: date('from_day', { mode: 'string' }).notNull(),
    to: date('to_day', { mode: 'string' }).notNull(),
    /** Null: the shop. */
    bay: smallint('bay'),
    /** Null: closed; else the hours of those days, such as `10:00-14:00`. */
    hours: text('hours'),
    reason: text('reason'),
  },
  (table) => [
    index('closures_to_day').on(table.to),
    check('closures_in_order', sql`${table.from} <= ${table.to}`),
  ],
);

/** The address under which calendar programs find the book, in one row; absent: nobody asked for one. */
export const calendarAddress = shop.table(
  'calendar_address',
  {
    id: smallint('id').primaryKey().default(1),
    secret: text('secret').notNull(),
    /** The names of customers are in it. */
    names: boolean('names').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [check('calendar_address_one_row', sql`${table.id} = 1`)],
);

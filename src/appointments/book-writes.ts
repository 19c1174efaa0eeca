import { eq, type SQL, sql as statement } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import { keepsBay } from '../database/appointment-status.js';
import { appointments, customers, vehicles } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type {
  AppointmentChanges,
  AppointmentOwner,
  NewAppointment,
  NewCustomerOfBooking,
  OverLimit,
} from './appointment.js';
import {
  type AppointmentRow,
  bookingKeyOf,
  dropHolds,
  holdOf,
  isComingOf,
  rowOf,
  takePlace,
} from './appointment-rows.js';
import type { BookWrite } from './book-writer.js';
import {
  type CountedBookings,
  countBookings,
  isMoveOverLimit,
  isOverLimit,
  roomForUnproved,
  type UnprovedCaller,
  type UnprovedChoice,
  unprovedBy,
} from './booking-limits.js';
import type { NoPlace, Slot } from './open-times.js';
import { HOLD_MS, heldOrNewPlace, isMoved, type PlaceFacts, placeAfterChange, placeFacts } from './places.js';

const CHANGED_MEANWHILE = 'This appointment has another time by now. Ask for it again.';
const ONLY_BOOKED_MOVE = 'Only an appointment that is booked can be moved or given another service.';

/**
 * Holds a place for a call, instead of the one it held before. Else the call holds nothing: null, the place cannot be had, another may; `over_limit`, the
 * booking would be refused, and what is offered would lead there again. `caller`: one who has proved nothing.
 */
export function holding(
  call: { readonly callSid: string; readonly serviceType: string; readonly startsAt: Date },
  caller: UnprovedChoice | null,
): BookWrite<HoldFacts, AppointmentRow | OverLimit | null> {
  const { callSid, serviceType, startsAt } = call;
  const onDay = { start: startsAt, end: startsAt };
  return {
    async ask(work) {
      const [facts, isOffered, counted] = await Promise.all([
        placeFacts(work, call),
        caller ? roomForUnproved(work.sql, work.times, onDay, callSid) : () => true,
        caller && countBookings(work, caller, startsAt),
      ]);
      return { ...facts, isOffered, counted };
    },
    async write({ sql, now, times }, { before, busy, isOffered, counted }) {
      const own = before?.serviceType === serviceType ? before : null;
      const place = own ? null : times.placeAt(times.serviceOf(serviceType), startsAt, busy, { now });
      const isPlace = place !== null && typeof place !== 'string';
      const slot = isPlace && { start: place.startsAt, end: place.endsAt };
      const isOver = slot && counted !== null && isOverLimit(times, counted, slot);
      if (isPlace && !isOver) {
        const heldUntil = new Date(now.getTime() + HOLD_MS);
        return takePlace(sql, now, { ...place, serviceType, status: 'held', heldUntil, callSid });
      }
      await dropHolds(sql, now, callSid);
      return isOver && (counted.isFull || isOffered(slot)) ? 'over_limit' : own;
    },
  };
}

interface HoldFacts extends BookingFacts {
  readonly isOffered: (slot: Slot) => boolean;
}

interface BookingFacts extends PlaceFacts {
  /** Null: the caller has proved something, and books without limits. */
  readonly counted: CountedBookings | null;
}

/** Books: what the call has booked before, or a new one; for another service the time of what it has booked is taken. `caller`: one who has proved nothing. */
export function booking(
  request: NewAppointment,
  caller: UnprovedCaller | null,
): BookWrite<BookingFacts, AppointmentRow | NoPlace | OverLimit> {
  const { serviceType, startsAt, callSid = null, notes = null, confirmed = false } = request;
  return {
    async ask(work) {
      const [facts, counted] = await Promise.all([
        placeFacts(work, request),
        caller && countBookings(work, { ...caller, moves: null }, startsAt),
      ]);
      return { ...facts, counted };
    },
    async write(work, { counted, ...facts }) {
      const { sql, now, times } = work;
      const { before } = facts;
      if (before?.serviceType === serviceType) return before;
      const place = before ? 'taken' : heldOrNewPlace(work, request, facts);
      const isPlace = typeof place !== 'string';
      const slot = isPlace && { start: place.startsAt, end: place.endsAt };
      const isOver = slot && counted !== null && isOverLimit(times, counted, slot);
      if (!isPlace || isOver) {
        if (callSid) await dropHolds(sql, now, callSid);
        return isPlace ? 'over_limit' : place;
      }
      const callerPhone = caller?.phone ?? request.callerPhone ?? null;
      const unproved = caller && unprovedBy(caller);
      const owner = await ownerOfBooking(sql, request);
      const bookingKey = callSid && bookingKeyOf(callSid, startsAt);
      const who = { callSid, bookingKey, callerPhone, unproved, createdAt: now, ...owner };
      const row = { ...place, ...who, serviceType, notes, confirmed, status: 'booked' } as const;
      return (await takePlace(sql, now, row)) ?? 'taken';
    },
  };
}

/**
 * Whom a booking is for, as the columns of its row: the customer given, or the one who has the number. A customer or vehicle that is gone, or a
 * vehicle of somebody else, is left out.
 */
async function ownerOfBooking(sql: Sql, request: NewAppointment) {
  const { customerId = null, vehicleId = null, ownNumber = null, newCustomer } = request;
  const isNew = customerId === null && newCustomer !== undefined;
  if (isNew) await addCustomer(sql, newCustomer);
  const number = isNew ? newCustomer.phone : ownNumber;
  const isOwner =
    customerId === null ? eq(customers.phoneNumber, number ?? '') : eq(customers.id, customerId);
  const owner = statement`(select ${customers.id} from ${customers} where ${isOwner})`;
  return { customerId: owner, vehicleId: vehicleOf(owner, vehicleId) };
}

function vehicleOf(owner: SQL | number | null, id: number | null): SQL {
  return statement`(select ${vehicles.id} from ${vehicles} where ${vehicles.id} = ${id} and ${vehicles.customerId} = ${owner})`;
}

/** Only a number that nobody has becomes a customer: what a caller says changes nothing of those that there are. */
async function addCustomer(
  sql: Sql,
  { phone: phoneNumber, firstName, lastName }: NewCustomerOfBooking,
): Promise<void> {
  await sql
    .insert(customers)
    .values({ phoneNumber, firstName, lastName })
    .onConflictDoNothing({ target: customers.phoneNumber });
}

/** Changes an appointment; see {@link AppointmentBook.change}. */
export function change(
  id: number,
  { bay, override, ...changes }: AppointmentChanges,
  owner: AppointmentOwner | undefined,
): BookWrite<
  { before: AppointmentRow | null; held: AppointmentRow | null },
  { before: AppointmentRow; after: AppointmentRow } | NoPlace | OverLimit | 'missing'
> {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const callSid = owner?.callSid ?? null;
  return {
    async ask({ sql, now }) {
      const hold = callSid === null ? null : holdOf(sql, callSid, now);
      const [before, held] = await Promise.all([rowOf(sql, id), hold]);
      return { before, held };
    },
    async write(work, { before, held }) {
      const { sql, now } = work;
      if (!before || (owner && !isComingOf(before, owner, now))) return 'missing';
      const next: AppointmentRow = { ...before, ...given };
      if (owner && !isAsTold(before, next, owner)) throw new GatewayError('CONFLICT', CHANGED_MEANWHILE);
      const moves = isMoved(before, next);
      if (moves && next.status !== 'booked') throw new GatewayError('CONFLICT', ONLY_BOOKED_MOVE);
      const [place] = await Promise.all([
        placeAfterChange(work, before, next, { bay, override, callSid, held }),
        dropHolds(sql, now, callSid),
      ]);
      if (typeof place === 'string') return place;
      // As what is booked: one who has proved to be the customer has no limit.
      if (owner?.customerId === null && (await isMoveOverLimit(work, before, place))) return 'over_limit';
      const isUnheard = moves && changes.confirmed === undefined ? { confirmed: false } : {};
      // Freed: the call that booked it may book the time anew.
      const key = keepsBay(next.status) && !moves ? {} : { bookingKey: null };
      const row = { ...given, ...place, ...isUnheard, ...key, ...vehicleAfter(before, changes) };
      if (Object.keys(row).length === 0) return { before, after: before };
      const update = sql.update(appointments).set(row).where(eq(appointments.id, id));
      const [after = next] = await update.returning();
      return { before, after };
    },
  };
}

// Whose the appointment is may have been changed since the vehicle was chosen: that of somebody else is left out.
function vehicleAfter(
  before: AppointmentRow,
  { customerId = before.customerId, vehicleId }: AppointmentChanges,
): { readonly vehicleId?: SQL } {
  const isKept = vehicleId === undefined && customerId === before.customerId;
  return isKept ? {} : { vehicleId: vehicleOf(customerId, vehicleId ?? null) };
}

/** It begins when its owner was told, or is as the owner wants it: then the change was made before, and its answer was lost. */
function isAsTold(
  { startsAt, status }: AppointmentRow,
  wanted: AppointmentRow,
  { toldStart }: AppointmentOwner,
): boolean {
  const isDone = status === wanted.status && startsAt.getTime() === wanted.startsAt.getTime();
  return toldStart === undefined || startsAt.getTime() === toldStart.getTime() || isDone;
}

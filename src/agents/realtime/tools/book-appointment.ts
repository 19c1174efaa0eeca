import { z } from 'zod';
import { normalizePhone } from '../../../customers/phone-number.js';
import { readCallerName } from '../../../desk/caller-name.js';
import type { BookedAppointment, BookingRequest } from '../../../desk/desk.js';
import { bookedSentences, onDay } from '../../booking-words.js';
import type { KnownAppointment, OfferedSlot } from './call-handles.js';
import { choose, noteBooked, noteState } from './call-progress.js';
import { Confirmed, defineTool, handle, optional } from './tool.js';
import { done, invalid, none, refused, type ToolAnswer, type ToolContext } from './tool-answer.js';

const Name = z.string().max(200);

export const bookAppointment = defineTool({
  description:
    'Books a slot that find_open_times gave. First read service, day and time back and ask whether to book; with confirmed false the slot is kept for two minutes meanwhile.',
  schema: z.strictObject({
    slot: handle('s').describe('a slot id that find_open_times gave in this call'),
    vehicle: optional(handle('v')).describe('a vehicle id that my_vehicles gave'),
    first_name: optional(Name).describe('as the caller gave it, after you have read it back'),
    last_name: optional(Name),
    confirmed: Confirmed,
  }),
  work: async ({ slot: slotId, vehicle, first_name, last_name, confirmed }, context) => {
    const { handles } = context;
    const slot = handles.slot(slotId);
    if (!slot) return NO_SUCH_SLOT;
    const vehicleId = vehicle ? handles.vehicle(vehicle) : null;
    if (vehicle && vehicleId === null) return NO_SUCH_VEHICLE;
    const own = handles.bookedAt(slot.starts_at);
    if (own) return bookedBefore(own, slot, vehicleId, context);
    noteState(context.control.session, 'confirmation', 'book_appointment');
    choose(context.control.session, slot.service_type, slot.starts_at);
    if (!confirmed || !handles.mayBeAnswered(slot.id)) return keep(slot, context);
    const name = await nameFor(first_name ?? '', last_name ?? '', context);
    if ('result' in name) return name;
    return book(slot, { vehicleId, newCustomer: name.newCustomer }, context);
  },
});

export const NO_SUCH_SLOT = invalid(
  'Nothing was done: no slot with this id was given in this call. Use find_open_times, and one of the ids that it gives.',
);
const NO_SUCH_VEHICLE = invalid(
  'Not booked: no vehicle with this id was given in this call. Use my_vehicles, or leave the vehicle out.',
);
export const JUST_GONE =
  'that time has just been taken by somebody else. Say so, and use find_open_times for other times.';

/** The call has an appointment at that time: it is no other service's, and no other vehicle's. */
function bookedBefore(
  own: KnownAppointment,
  slot: OfferedSlot,
  vehicleId: number | null,
  context: ToolContext,
): ToolAnswer {
  const { sayTime, shop } = context;
  const what = `the ${shop.nameOf(own.service_type)} ${onDay(sayTime(own.date))}`;
  const isSame =
    own.service_type === slot.service_type && (vehicleId === null || vehicleId === own.booked_for);
  const instead = `For another vehicle or service offer ${orList(['another time', ...otherWays(context)])}.`;
  if (isSame) {
    return done(
      `ALREADY BOOKED: ${what} (${own.id}). It is one appointment; no second one was made. ${instead}`,
    );
  }
  return refused(
    `NOT booked: this call has already booked ${what} (${own.id}), and can book no second appointment for that time. Say so. ${instead}`,
  );
}

async function keep(slot: OfferedSlot, context: ToolContext): Promise<ToolAnswer> {
  const kept = await context.kept.keep(slot.service_type, slot.starts_at);
  if (kept === 'over_limit') return overLimit(slot, context);
  if (!kept) return gone(slot, context);
  context.handles.told(slot.id);
  const what = `${context.shop.nameOf(slot.service_type)} ${onDay(context.sayTime(slot.starts_at))}`;
  const names = (await mayGiveName(context))
    ? ' Ask for the first and the last name too, and read them back.'
    : '';
  return done(
    `NOT booked yet; the time is kept for two minutes. Read this back and ask whether to book it: ${what}.${names} When the caller has said yes, call book_appointment again with confirmed true.`,
  );
}

type NameGiven = { readonly newCustomer: BookingRequest['newCustomer'] };

/**
 * Every caller who has proved nothing is asked for a name, whether the number is a customer's or not: the question must not tell. One who will
 * not give it is asked once.
 */
async function nameFor(first: string, last: string, context: ToolContext): Promise<NameGiven | ToolAnswer> {
  if (!(await mayGiveName(context))) return { newCustomer: undefined };
  if (first.trim() === '' && last.trim() === '') {
    return context.kept.wasAskedForName() ? { newCustomer: undefined } : NAME_WANTED;
  }
  const name = readCallerName({ first, last });
  return name === null ? NAME_UNCLEAR : { newCustomer: name };
}

const NAME_WANTED = invalid(
  'NOT booked yet. Ask the caller for a first and a last name, read them back, and call book_appointment again with them. If the caller will not give a name, call it again without one.',
);
const NAME_UNCLEAR = invalid(
  'NOT booked yet: first_name and last_name must both be given, in letters, at most sixty each. Ask the caller to spell what is missing, or leave both out.',
);

async function mayGiveName({ control, desk }: ToolContext): Promise<boolean> {
  return normalizePhone(control.caller.phone) !== null && !(await desk.isVerified());
}

type Details = { readonly vehicleId: number | null } & NameGiven;

async function book(
  slot: OfferedSlot,
  { vehicleId, newCustomer }: Details,
  context: ToolContext,
): Promise<ToolAnswer> {
  const { service_type: serviceType, starts_at: startsAt } = slot;
  const named = newCustomer ? { newCustomer } : {};
  const result = await context.kept.book({ serviceType, startsAt, ...named, vehicleId });
  if (result.status === 'taken') return gone(slot, context);
  if (result.status === 'over_limit') return overLimit(slot, context);
  return booked(result.appointment, vehicleId, context);
}

function booked(row: BookedAppointment, vehicleId: number | null, context: ToolContext): ToolAnswer {
  const { control, handles } = context;
  noteBooked(control.session, row, vehicleId);
  const [known] = handles.addAppointments([row], vehicleId);
  const sentence = bookedSentences(context, row).join(' ');
  return done(
    `BOOKED. Say exactly this day and time to the caller now: "${sentence}" Its id for move_appointment and cancel_appointment is ${known?.id}.`,
    { kind: 'booked', appointment: row, sentence },
  );
}

function gone(slot: OfferedSlot, { control }: ToolContext): ToolAnswer {
  noteState(control.session, 'booking');
  choose(control.session, slot.service_type, null);
  return none(`NOT booked: ${JUST_GONE}`);
}

function overLimit(slot: OfferedSlot, context: ToolContext): ToolAnswer {
  choose(context.control.session, slot.service_type, null);
  const ways = otherWays(context);
  const instead =
    ways.length > 0 ? `Offer ${orList(ways)}.` : 'Ask them to call from a phone that shows its number.';
  return refused(`NOT booked: this appointment cannot be booked for this caller by phone. ${instead}`);
}

/** Beside a booking. */
function otherWays({ control, shop }: ToolContext): readonly string[] {
  const canCallBack = normalizePhone(control.caller.phone) !== null;
  return [
    ...(shop.canTransfer ? ['transfer_to_person'] : []),
    ...(canCallBack ? ['leave_message, so that the shop calls back'] : []),
  ];
}

function orList(ways: readonly string[]): string {
  return ways.join(', or ');
}

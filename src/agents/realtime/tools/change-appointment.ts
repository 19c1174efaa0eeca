import { z } from 'zod';
import { GatewayError } from '../../../core/errors.js';
import type { CarStatus } from '../../../database/appointment-status.js';
import type { CallerAppointment } from '../../../desk/desk.js';
import { cancelledSentences, movedSentences, onDay } from '../../booking-words.js';
import { JUST_GONE, NO_SUCH_SLOT } from './book-appointment.js';
import type { KnownAppointment, OfferedSlot } from './call-handles.js';
import { noteCancelled, noteMoved, noteState } from './call-progress.js';
import { Confirmed, defineTool, handle, Nothing } from './tool.js';
import { done, invalid, none, refused, type ToolAnswer, type ToolContext } from './tool-answer.js';

/** More than these are more than a caller can remember. */
const MOST_READ_OUT = 5;

const NO_SUCH_APPOINTMENT = invalid(
  'Nothing was changed: no appointment with this id was given in this call. Use list_my_appointments, and one of the ids that it gives.',
);
const CHANGED_MEANWHILE = none(
  'NOT changed: the shop has changed this appointment meanwhile, so it is not as the caller was told. Say so. Use list_my_appointments and ask again; for a caller who has not proved who they are, offer a person or leave_message.',
);
const Appointment = handle('a').describe(
  'an id that list_my_appointments or book_appointment gave in this call',
);

export const listMyAppointments = defineTool({
  description:
    'The upcoming appointments of a caller who has proved who they are, with ids for move_appointment and cancel_appointment.',
  schema: Nothing,
  work: async (_, context) => {
    const { control, desk, handles } = context;
    const isVerified = await desk.isVerified();
    noteState(control.session, isVerified ? 'collecting_info' : null, 'list_appointments');
    if (!isVerified) return ofThisCall(context);
    const upcoming = await desk.upcoming();
    if (upcoming.length === 0) return none('The caller has NO upcoming appointment. Say so, and name none.');
    const known = handles.addAppointments(upcoming.slice(0, MOST_READ_OUT));
    const more =
      upcoming.length > known.length ? ` These are the next ${known.length}; there are more later.` : '';
    return done(
      `The upcoming appointments: ${listed(known, context)}.${more} The ids are not for the caller.${carsInShop(upcoming, context)}`,
    );
  },
});

const STANDING: Readonly<Record<CarStatus, string>> = {
  arrived: 'work has not begun yet',
  in_progress: 'it is being worked on',
  waiting_for_parts: 'it waits for parts',
  ready: 'it is ready to be picked up',
};

/** Where the cars stand that are in the shop. */
function carsInShop(upcoming: readonly CallerAppointment[], { shop }: ToolContext): string {
  return upcoming
    .flatMap(({ status, service_type }) =>
      status === 'booked'
        ? []
        : [` The car for the ${shop.nameOf(service_type)} is in the shop: ${STANDING[status]}.`],
    )
    .join('');
}

/** Of a caller who has proved nothing: what this call has booked is no secret to it. */
function ofThisCall(context: ToolContext): ToolAnswer {
  const { appointments } = context.handles;
  const own = appointments.length > 0 ? ` Booked in this call: ${listed(appointments, context)}.` : '';
  return refused(`${provingWays(context)}${own}`);
}

/** What a caller who has proved nothing may do about it. The same for every number. */
export function provingWays({ desk, shop }: ToolContext): string {
  const refusal = 'The caller has not proved who they are, so nothing personal can be told.';
  if (desk.mayVerify) return `${refusal} If they want that, use verify_me.`;
  return `${refusal} It cannot be proved by phone any more. Offer ${shop.canTransfer ? 'transfer_to_person' : 'leave_message'}.`;
}

export const moveAppointment = defineTool({
  description:
    'Moves an appointment to another slot. First read the new day and time back and ask whether to move it.',
  schema: z.strictObject({
    appointment: Appointment,
    slot: handle('s').describe('a slot id that find_open_times gave for the same service'),
    confirmed: Confirmed,
  }),
  work: async (input, context) => {
    const { handles, control } = context;
    const known = handles.appointment(input.appointment);
    const slot = handles.slot(input.slot);
    if (!known) return NO_SUCH_APPOINTMENT;
    if (!slot) return NO_SUCH_SLOT;
    if (slot.service_type !== known.service_type) return otherService(known);
    noteState(control.session, 'confirmation', 'move_appointment');
    const isAnswered = input.confirmed && handles.mayBeAnswered(slot.id);
    return isAnswered ? ifAsTold(move(known, slot, context)) : keep(known, slot, context);
  },
});

const NOT_TO_THAT_DAY = refused(
  'NOT moved: it cannot be moved to that day by phone. Offer another day, or leave_message.',
);

async function keep(known: KnownAppointment, slot: OfferedSlot, context: ToolContext): Promise<ToolAnswer> {
  const kept = await context.kept.keep(slot.service_type, slot.starts_at, known.row);
  if (kept === 'over_limit') return NOT_TO_THAT_DAY;
  if (!kept) return gone(context);
  context.handles.told(slot.id);
  const [before, after] = [known.date, slot.starts_at].map((time) => onDay(context.sayTime(time)));
  return done(
    `NOT moved yet; the new time is kept for two minutes. Ask whether to move the ${context.shop.nameOf(known.service_type)} that is ${before} to the new time ${after}. When the caller has said yes, call move_appointment again with confirmed true.`,
  );
}

/** An appointment that the shop has changed since the caller was told of it stands as it is. */
async function ifAsTold(change: Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'CONFLICT') return CHANGED_MEANWHILE;
    throw error;
  }
}

async function move(
  { row, id, date }: KnownAppointment,
  slot: OfferedSlot,
  context: ToolContext,
): Promise<ToolAnswer> {
  const { kept, control, handles } = context;
  const result = await kept.move({ appointmentId: row, startsAt: slot.starts_at, toldTime: date });
  if (result.status === 'taken') return gone(context);
  if (result.status === 'over_limit') return NOT_TO_THAT_DAY;
  noteMoved(control.session, result.appointment);
  handles.addAppointments([result.appointment]);
  const sentence = movedSentences(context, result.appointment).join(' ');
  return done(
    `MOVED. Say exactly this day and time to the caller now: "${sentence}" Its id is still ${id}.`,
    { kind: 'moved', appointment: result.appointment, sentence },
  );
}

export const cancelAppointment = defineTool({
  description:
    'Cancels an appointment. First say which one, with its day and time, and ask whether to cancel it.',
  schema: z.strictObject({ appointment: Appointment, confirmed: Confirmed }),
  work: async ({ appointment, confirmed }, context) => {
    const { handles, control, sayTime, shop } = context;
    const known = handles.appointment(appointment);
    if (!known) return NO_SUCH_APPOINTMENT;
    noteState(control.session, 'confirmation', 'cancel_appointment');
    if (confirmed && handles.mayBeAnswered(known.id)) return ifAsTold(cancel(known, context));
    handles.told(known.id);
    return done(
      `NOT cancelled yet. Ask whether to cancel the ${shop.nameOf(known.service_type)} ${onDay(sayTime(known.date))}. When the caller has said yes, call cancel_appointment again with confirmed true.`,
    );
  },
});

async function cancel({ row, date }: KnownAppointment, context: ToolContext): Promise<ToolAnswer> {
  const { kept, control, handles } = context;
  const appointment = await kept.cancel(row, date);
  noteCancelled(control.session, appointment);
  handles.removeAppointment(row);
  const sentence = cancelledSentences(context, appointment).join(' ');
  return done(`CANCELLED. Tell the caller now: "${sentence}"`, { kind: 'cancelled', appointment, sentence });
}

function gone({ control }: ToolContext): ToolAnswer {
  noteState(control.session, 'booking');
  return none(`NOT moved; the appointment stands as it was: ${JUST_GONE}`);
}

function otherService({ service_type }: KnownAppointment): ToolAnswer {
  return invalid(
    `NOT moved: the slot is for another service. Use find_open_times with service ${service_type}, and one of its slots.`,
  );
}

function listed(known: readonly KnownAppointment[], { sayTime, shop }: ToolContext): string {
  return known
    .map(({ id, service_type, date }) => `${id} = ${shop.nameOf(service_type)} ${onDay(sayTime(date))}`)
    .join('; ');
}

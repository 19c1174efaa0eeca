import { Router } from 'express';
import { z } from 'zod';
import type { Appointment } from '../../appointments/appointment.js';
import { APPOINTMENT_STATUSES } from '../../database/appointment-status.js';
import type { AppointmentDesk } from '../../desk/appointment-desk.js';
import { sendCsv, wantsCsv } from '../csv-answer.js';
import { CallerNumber, Id, Time } from './answer-fields.js';
import {
  AppointmentBody,
  AppointmentChange,
  AppointmentFilter,
  AvailabilityQuery,
  parse,
} from './api-input.js';
import { appointmentsCsv } from './csv-lists.js';
import { operation, serve } from './operation.js';

const tag = 'Appointments';

export const AppointmentAnswer = z
  .object({
    id: Id,
    service_type: z.string(),
    date: Time.describe('when it begins'),
    ends_at: Time.describe('when the work ends'),
    bay: z.int().describe('counted from 1'),
    status: z.enum(APPOINTMENT_STATUSES),
    confirmed: z.boolean().describe('the caller heard the confirmation to its end, or staff said so'),
    notes: z.string().nullable(),
    caller_phone: CallerNumber.nullable(),
    customer_id: Id.nullable(),
    vehicle_id: Id.nullable(),
  })
  .meta({ id: 'Appointment', description: 'An appointment. Times are in the zone of the shop.' });

const TAKEN = { 409: 'This time cannot be booked; the error says why.' };

export const APPOINTMENTS = {
  list: operation({
    method: 'get',
    path: '/api/appointments',
    id: 'listAppointments',
    tag,
    summary: 'Appointments that begin in a period, newest first',
    query: AppointmentFilter,
    also: { 'text/csv': 'the whole list, with the filters of the query' },
    answer: z.object({ appointments: z.array(AppointmentAnswer) }),
    example: { query: { from: '2026-11-23', to: '2026-12-01', status: 'booked,arrived' } },
  }),
  create: operation({
    method: 'post',
    path: '/api/appointments',
    id: 'bookAppointment',
    tag,
    summary: 'Books an open time',
    body: AppointmentBody,
    status: 201,
    answer: AppointmentAnswer,
    errors: TAKEN,
    example: { body: { service_type: 'oil_change', date: '2026-11-24T09:30', caller_phone: '+15125550142' } },
  }),
  get: operation({
    method: 'get',
    path: '/api/appointments/{id}',
    id: 'getAppointment',
    tag,
    summary: 'One appointment',
    answer: AppointmentAnswer,
    example: { path: { id: 1 } },
  }),
  change: operation({
    method: 'patch',
    path: '/api/appointments/{id}',
    id: 'changeAppointment',
    tag,
    summary: 'Changes or moves it',
    body: AppointmentChange,
    answer: AppointmentAnswer,
    errors: TAKEN,
    example: { path: { id: 1 }, body: { status: 'arrived' } },
  }),
  cancel: operation({
    method: 'delete',
    path: '/api/appointments/{id}',
    id: 'cancelAppointment',
    tag,
    summary: 'Cancels it, and answers with it',
    answer: AppointmentAnswer,
    example: { path: { id: 1 } },
  }),
  availability: operation({
    method: 'get',
    path: '/api/availability',
    id: 'listOpenTimes',
    tag,
    summary: 'The open times, by the rules that a booking is checked with, soonest first',
    query: AvailabilityQuery,
    answer: z.object({ availability: z.array(z.object({ starts_at: Time, ends_at: Time })) }),
    errors: { 409: 'A person makes the appointments of this service.' },
    example: { query: { service_type: 'oil_change', limit: '10' } },
  }),
};

/** Appointments that are read at a time for a list as CSV. */
const CSV_PAGE = 200;

/** Appointments, and the times that can be booked, by the same rules. */
export function appointmentRoutes(desk: AppointmentDesk): Router {
  const router = Router();
  router.get(APPOINTMENTS.list.path, (request, response, next) => {
    if (!wantsCsv(request, response)) return next();
    const filter = parse(AppointmentFilter, request.query);
    const page = (last: Appointment | null) =>
      desk.list({ ...filter, limit: CSV_PAGE, before: last?.id ?? filter.before });
    return sendCsv(response, appointmentsCsv(page));
  });
  serve(router, APPOINTMENTS.list, async ({ query }) => ({ appointments: await desk.list(query) }));
  serve(router, APPOINTMENTS.create, ({ body }) => desk.create(body));
  serve(router, APPOINTMENTS.get, ({ path }) => desk.get(path.id));
  serve(router, APPOINTMENTS.change, ({ path, body }) => desk.change(path.id, body));
  serve(router, APPOINTMENTS.cancel, ({ path }) => desk.cancel(path.id));
  serve(router, APPOINTMENTS.availability, async ({ query }) => ({
    availability: await desk.availability(query),
  }));
  return router;
}

import { Router } from 'express';
import { z } from 'zod';
import { type Appointment, AppointmentAnswer } from '../../appointments/appointment.js';
import { Time } from '../../core/fields.js';
import { APPOINTMENT_STATUSES } from '../../database/appointment-status.js';
import type { AppointmentDesk } from '../../desk/appointment-desk.js';
import { type CsvList, serveCsv } from '../csv-answer.js';
import { Notes, oneOrMoreOf, Page, Phone, QueryId, RowId, When, words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Appointments';

const yesOrNo = z.boolean({ error: 'must be true or false' });
const confirmed = yesOrNo.describe('the customer knows of the appointment');
const bay = z
  .int({ error: 'must be a whole number' })
  .min(1, { error: 'must be 1 or more' })
  .max(32_767, { error: 'must be a bay of the shop' })
  .describe('this bay or none, counted from 1');
const override = yesOrNo.describe(
  'over lead time, cut-off and horizon, and for a service that a person has to book; never over what is closed or taken',
);

const AppointmentBody = z.strictObject({
  service_type: words(40),
  date: When,
  caller_phone: Phone.nullable().default(null),
  customer_id: RowId.nullable().default(null),
  vehicle_id: RowId.nullable().default(null),
  notes: Notes.default(null),
  confirmed: confirmed.default(false),
  bay: bay.nullable().default(null),
  override: override.default(false),
});
const AppointmentChange = z
  .strictObject({
    service_type: words(40),
    date: When,
    status: z.enum(APPOINTMENT_STATUSES, { error: `must be one of ${APPOINTMENT_STATUSES.join(', ')}` }),
    customer_id: RowId.nullable(),
    vehicle_id: RowId.nullable(),
    notes: Notes,
    confirmed,
    bay,
    override,
  })
  .partial();

const AppointmentFilter = z.object({
  from: When.optional(),
  to: When.optional(),
  status: oneOrMoreOf(APPOINTMENT_STATUSES).optional(),
  customer_id: QueryId.describe('only those of this customer').optional(),
  ...Page,
});
const AvailabilityQuery = z.object({
  service_type: words(40),
  from: When.optional(),
  limit: Page.limit,
});

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
  serveCsv(router, APPOINTMENTS.list, (filter) =>
    appointmentsCsv((last) => desk.list({ ...filter, limit: CSV_PAGE, before: last?.id ?? filter.before })),
  );
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

const COLUMNS = [
  ...(['id', 'service_type', 'date', 'ends_at', 'bay', 'status', 'confirmed', 'notes'] as const),
  ...(['caller_phone', 'customer_id', 'vehicle_id'] as const),
];

function appointmentsCsv(page: CsvList<Appointment>['page']): CsvList<Appointment> {
  const linesOf = (each: Appointment) => [COLUMNS.map((column) => each[column])];
  return { name: 'appointments', columns: COLUMNS, linesOf, page };
}

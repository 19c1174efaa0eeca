import { Router } from 'express';
import type { Appointment } from '../../appointments/appointment.js';
import type { AppointmentDesk } from '../../desk/appointment-desk.js';
import type { DayDesk } from '../../desk/day-desk.js';
import { sendCsv, wantsCsv } from '../csv-answer.js';
import { AppointmentFilter, parse } from './api-input.js';
import { APPOINTMENTS } from './appointment-operations.js';
import { appointmentsCsv } from './csv-lists.js';
import { DAYS } from './day-operations.js';
import { serve } from './operation.js';

/** Appointments that are read at a time for a list as CSV. */
const CSV_PAGE = 200;

/** Appointments, the days that they stand in, and the times that can be booked, by the same rules. */
export function appointmentRoutes(desk: AppointmentDesk, days: DayDesk): Router {
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
  serve(router, DAYS.get, ({ query }) => days.day(query.day));
  return router;
}

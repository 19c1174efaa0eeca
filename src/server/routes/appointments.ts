import { Router } from 'express';
import type { AppointmentDesk } from '../../desk/appointment-desk.js';
import { APPOINTMENTS } from './appointment-operations.js';
import { serve } from './operation.js';

/** Appointments and the times that can be booked, by the same rules. */
export function appointmentRoutes(desk: AppointmentDesk): Router {
  const router = Router();
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

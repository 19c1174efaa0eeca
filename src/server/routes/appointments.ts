import { Router } from 'express';
import type { AppointmentDesk } from '../../desk/appointment-desk.js';
import { AppointmentBody, AppointmentChange, AvailabilityQuery, Period, parse, pathId } from './api-input.js';

/** Appointments and the times that can be booked, by the same rules. */
export function appointmentRoutes(desk: AppointmentDesk): Router {
  const router = Router();
  router.get('/api/appointments', async (request, response) => {
    response.json({ appointments: await desk.list(parse(Period, request.query)) });
  });
  router.post('/api/appointments', async (request, response) => {
    response.status(201).json(await desk.create(parse(AppointmentBody, request.body)));
  });
  router.get('/api/appointments/:id', async (request, response) => {
    response.json(await desk.get(pathId(request.params.id)));
  });
  router.patch('/api/appointments/:id', async (request, response) => {
    response.json(await desk.change(pathId(request.params.id), parse(AppointmentChange, request.body)));
  });
  router.delete('/api/appointments/:id', async (request, response) => {
    response.json(await desk.cancel(pathId(request.params.id)));
  });
  router.get('/api/availability', async (request, response) => {
    response.json({ availability: await desk.availability(parse(AvailabilityQuery, request.query)) });
  });
  return router;
}

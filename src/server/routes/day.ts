import { Router } from 'express';
import { z } from 'zod';
import { AppointmentAnswer } from '../../appointments/appointment.js';
import { Count, Time } from '../../core/fields.js';
import type { DayDesk } from '../../desk/day-desk.js';
import { Day } from './api-input.js';
import { operation, serve } from './operation.js';
import { ClosureAnswer } from './shop.js';

const bay = z.int().describe('counted from 1');
const part = { from: Time, to: Time.describe('not included') };

const BookedAnswer = AppointmentAnswer.extend({
  service_name: z.string().describe('as the shop calls the service, also one that it has no more'),
  free_at: Time.nullable().describe('when its bay is free again; null: when the work ends'),
  call_sid: z.string().nullable().describe('the call that booked it'),
  test: z.boolean().describe('booked from a browser, to try the line; known when that call has ended'),
  customer: z
    .object({ name: z.string(), phone_number: z.string() })
    .nullable()
    .describe('whom it is for, where that is a customer'),
  vehicle: z.string().nullable().describe('year, make, model and plate, as far as they are known'),
}).meta({ id: 'Booked', description: 'An appointment with whom and what it is for.' });

const DayAnswer = z
  .object({
    day: Day,
    today: Day,
    now: Time,
    timezone: z.string(),
    begins_at: Time,
    ends_at: Time.describe('23 or 25 hours later when the clock is changed'),
    hours: z.array(Time).describe('each full hour of the day'),
    starts: z.array(Time).describe('when an appointment may begin'),
    bays: z
      .array(z.object({ bay, open: z.array(z.object(part)) }))
      .describe(
        'when work is done in each bay; one that the shop has no more stands here while something is in it',
      ),
    closures: z.array(ClosureAnswer).describe('of this day'),
    appointments: z.array(BookedAnswer).describe('by their beginning, cancelled ones too'),
    held: z.array(z.object({ bay, ...part })).describe('what callers hold while they decide'),
    week: z
      .array(
        z.object({
          // Behind the last day that can be asked for there are more.
          day: z.iso.date().describe("a day in the shop's zone, `YYYY-MM-DD`"),
          open: z.boolean(),
          appointments: Count.describe('without cancelled and missed ones'),
          unconfirmed: Count.describe('booked, and the customer does not know for sure'),
        }),
      )
      .describe('seven days: from today on, or from this day on when it is not among those'),
  })
  .meta({ id: 'Day', description: 'A day of the book. Times are in the zone of the shop.' });

export const DAYS = {
  get: operation({
    method: 'get',
    path: '/api/day',
    id: 'getDay',
    tag: 'Appointments',
    summary: 'A day of the book: bays, what stands in them, and what is closed',
    details: 'With the names of customers, what callers hold at the moment, and how full the days ahead are.',
    query: z.object({
      day: Day.describe("a day in the shop's zone, `YYYY-MM-DD`; absent: today").optional(),
    }),
    answer: DayAnswer,
    example: { query: { day: '2026-11-24' } },
  }),
};

/** The days that appointments stand in. */
export function dayRoutes(days: DayDesk): Router {
  const router = Router();
  serve(router, DAYS.get, ({ query }) => days.day(query.day));
  return router;
}

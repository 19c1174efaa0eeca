import { z } from 'zod';
import { MAX_ID } from '../database/schema.js';
import { SpokenName } from './caller-name.js';
import { VIN_ENDING } from './vin-ending.js';

const MOST_TIMES = 50;

const Id = z.int().min(1).max(MAX_ID);
// Of the shop: which these are is looked up when it is used.
const Service = z.string().max(60);
// Longer than any time with fractions and offset.
const Time = z.string().max(40);

/** What an agent may give the desk: exactly this, and nothing beside it. */
export const CallerInput = {
  digits: z.strictObject({ digits: z.string().regex(VIN_ENDING) }),
  openTimes: z.strictObject({
    serviceType: Service,
    after: Time.optional(),
    limit: z.int().min(1).max(MOST_TIMES),
  }),
  hold: z.strictObject({ serviceType: Service, startsAt: Time, appointmentId: Id.optional() }),
  booking: z.strictObject({
    serviceType: Service,
    startsAt: Time,
    vehicleId: Id.nullable(),
    newCustomer: z.strictObject({ firstName: SpokenName, lastName: SpokenName }).optional(),
  }),
  move: z.strictObject({ appointmentId: Id, startsAt: Time, toldTime: Time.optional() }),
  cancellation: z.strictObject({ appointmentId: Id, toldTime: Time.optional() }),
} as const;

const FIELDS: Readonly<Record<string, string>> = {
  digits: 'digits must be four digits',
  serviceType: 'serviceType must be one of the services of the shop',
  after: 'after must be a time in ISO 8601',
  startsAt: 'startsAt must be a time in ISO 8601',
  toldTime: 'toldTime must be a time in ISO 8601',
  limit: `limit must be a whole number from 1 to ${MOST_TIMES}`,
  vehicleId: 'vehicleId must be the id of a vehicle, or null',
  newCustomer: 'newCustomer must be a first and a last name',
  appointmentId: 'appointmentId must be the id of an appointment',
};

/** What is wrong with an input, in a sentence that repeats nothing of it. */
export function wrongInput(error: z.ZodError): string {
  const faults = error.issues.map(
    ({ path: [field] }) => FIELDS[String(field)] ?? 'there must be nothing else',
  );
  return `The desk cannot use this: ${[...new Set(faults)].join('; ')}.`;
}

import { z } from 'zod';
import { CALL_OUTCOMES } from '../../call-log/finished-call.js';
import { GatewayError } from '../../core/errors.js';
import { APPOINTMENT_STATUSES } from '../../database/appointment-status.js';
import { MAX_ID } from '../../database/schema.js';
import { CALL_SID } from '../../twilio/messages.js';

/** What PostgreSQL cannot store: the character zero, and half of a pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
/** A text of at most so many characters, with something in it. */
export const words = (max: number) =>
  z
    .string({ error: 'must be a text' })
    .refine((value) => !UNSTORABLE.test(value), {
      error: 'must not hold the character zero or half of a surrogate pair',
    })
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` });
const id = z
  .int({ error: 'must be a whole number' })
  .positive({ error: 'must be a positive number' })
  .max(MAX_ID, { error: `must be at most ${MAX_ID}` })
  .describe('an id');
const phone = words(30).describe('a phone number, as people write it');
/** ISO 8601; without an offset it is meant in the shop's time. The desk reads it. */
const date = words(40).describe('ISO 8601');
/** A day by the shop's clock. */
export const Day = z.iso
  .date({ error: 'must be a day such as 2026-12-24' })
  .refine((value) => value >= '2000-01-01' && value <= '2199-12-31', {
    error: 'must be a day of the years 2000 to 2199',
  })
  .describe("a day in the shop's zone, `YYYY-MM-DD`");
const notes = words(2000).nullable().describe('what staff noted; callers never hear it');
const plate = words(20).nullable().describe('the number plate');
const nextYear = new Date().getUTCFullYear() + 1;

export const CustomerBody = z.strictObject({
  phone_number: phone,
  first_name: words(60),
  last_name: words(60),
  email: z.email({ error: 'must be an e-mail address' }).nullable().default(null),
  notes: notes.default(null),
});
export const CustomerChange = CustomerBody.extend({
  email: z.email({ error: 'must be an e-mail address' }).nullable(),
  notes,
}).partial();

export const VehicleBody = z.strictObject({
  make: words(40),
  model: words(40),
  year: z
    .int({ error: 'must be a whole number' })
    .min(1900, { error: 'must be 1900 or later' })
    .max(nextYear, { error: `must be ${nextYear} or earlier` })
    .nullable()
    .default(null),
  vin: z
    .string({ error: 'must be a text' })
    .regex(/^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$/, { error: 'must be 17 letters and digits, without I, O and Q' })
    .transform((vin) => vin.toUpperCase())
    .nullable()
    .default(null),
  plate: plate.default(null),
});
export const VehicleChange = z
  .strictObject({
    make: VehicleBody.shape.make,
    model: VehicleBody.shape.model,
    year: VehicleBody.shape.year.unwrap(),
    vin: VehicleBody.shape.vin.unwrap(),
    plate,
  })
  .partial();

const statuses = APPOINTMENT_STATUSES.join(', ');
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

export const AppointmentBody = z.strictObject({
  service_type: words(40),
  date,
  caller_phone: phone.nullable().default(null),
  customer_id: id.nullable().default(null),
  vehicle_id: id.nullable().default(null),
  notes: notes.default(null),
  confirmed: confirmed.default(false),
  bay: bay.nullable().default(null),
  override: override.default(false),
});
export const AppointmentChange = z
  .strictObject({
    service_type: words(40),
    date,
    status: z.enum(APPOINTMENT_STATUSES, { error: `must be one of ${statuses}` }),
    customer_id: id.nullable(),
    vehicle_id: id.nullable(),
    notes,
    confirmed,
    bay,
    override,
  })
  .partial();

const count = (max: number) =>
  z
    .string({ error: 'must be a whole number' })
    .regex(/^\d{1,4}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, { error: `must be from 1 to ${max}` })
    .meta({ type: 'integer', minimum: 1, maximum: max });
const queryId = z
  .string({ error: 'must be an id' })
  .refine((value) => idOf(value) !== null, { error: 'must be an id' })
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: MAX_ID, description: 'an id' });

export const Page = { limit: count(200).default(50), before: queryId.optional() };
/** As a search box sends it: blank is no search. */
const search = z
  .string({ error: 'must be a text' })
  .refine((value) => !UNSTORABLE.test(value), {
    error: 'must not hold the character zero or half of a surrogate pair',
  })
  .max(100, { error: 'must have at most 100 characters' })
  .describe('a name, number, VIN or plate, or parts of them; blank: all');
export const CustomerFilter = z.object({ phone: phone.optional(), q: search.optional(), ...Page });
/** One status, or several with commas between them. */
const statusList = z
  .string({ error: `must be one or more of ${statuses}` })
  .transform((text, context) => {
    const parsed = z.array(z.enum(APPOINTMENT_STATUSES)).safeParse(text.split(','));
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: 'custom',
      message: `must be one or more of ${statuses}, with commas between them`,
    });
    return z.NEVER;
  })
  .describe(`one or more of ${statuses}, with commas between them`);
export const AppointmentFilter = z.object({
  from: date.optional(),
  to: date.optional(),
  status: statusList.optional(),
  customer_id: queryId.describe('only those of this customer').optional(),
  ...Page,
});
/** Calls are paged by the `call_sid` of the last one seen. */
export const CallFilter = z.object({
  from: date.optional(),
  to: date.optional(),
  outcome: z
    .string({ error: 'must be a text' })
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(CALL_OUTCOMES, { error: `must be of ${CALL_OUTCOMES.join(', ')}` })))
    .describe('one outcome, or several with commas between them')
    .optional(),
  test: z
    .enum(['0', '1'], { error: 'must be 0 or 1' })
    .describe('1: only calls that were made to try the line; 0: only the others; absent: both')
    .optional(),
  customer_id: queryId.describe('only those of this customer').optional(),
  limit: Page.limit,
  before: z
    .string({ error: 'must be a call SID' })
    .regex(CALL_SID, { error: 'must be a call SID' })
    .describe('a `call_sid`')
    .optional(),
});
export const AvailabilityQuery = z.object({
  service_type: words(40),
  from: date.optional(),
  limit: count(200).default(50),
});

/** `input` as `schema` says; throws `BAD_REQUEST` naming every wrong field. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  if (Array.isArray(input) || (input !== undefined && typeof input !== 'object') || input === null) {
    throw new GatewayError('BAD_REQUEST', 'The body must be a JSON object, with the fields by their names.');
  }
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(' '),
  );
  throw new GatewayError('BAD_REQUEST', `${faults.join('; ')}.`);
}

/** An id written as ids are given out: no sign, no zeros in front, no other notation; else null. */
export function idOf(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : null;
}

import { Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { Count, Id, Time } from '../../core/fields.js';
import type { CustomerRecord } from '../../customers/customer.js';
import type { CustomerDesk } from '../../desk/customer-desk.js';
import type { Eraser } from '../../privacy/eraser.js';
import { type CsvList, serveCsv } from '../csv-answer.js';
import { Notes, Page, Phone, Storable, words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Customers';

const year = z
  .int({ error: 'must be a whole number' })
  .min(1900, { error: 'must be 1900 or later' })
  .refine((value) => value <= new Date().getUTCFullYear() + 1, { error: 'must be next year or earlier' })
  .nullable()
  .describe('the model year, next year at most');
const plate = words(20).nullable().describe('the number plate');

export const CustomerBody = z.strictObject({
  phone_number: Phone,
  first_name: words(60),
  last_name: words(60),
  email: z.email({ error: 'must be an e-mail address' }).nullable().default(null),
  notes: Notes.default(null),
});
const CustomerChange = CustomerBody.extend({
  email: z.email({ error: 'must be an e-mail address' }).nullable(),
  notes: Notes,
}).partial();

export const VehicleBody = z.strictObject({
  make: words(40),
  model: words(40),
  year: year.default(null),
  vin: z
    .string({ error: 'must be a text' })
    .regex(/^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$/, { error: 'must be 17 letters and digits, without I, O and Q' })
    .transform((vin) => vin.toUpperCase())
    .nullable()
    .default(null),
  plate: plate.default(null),
});
const VehicleChange = z
  .strictObject({
    make: VehicleBody.shape.make,
    model: VehicleBody.shape.model,
    year,
    vin: VehicleBody.shape.vin.unwrap(),
    plate,
  })
  .partial();

/** As a search box sends it: blank is no search. */
const search = Storable.max(100, { error: 'must have at most 100 characters' }).describe(
  'a name, number, VIN or plate, or parts of them; blank: all',
);
const CustomerFilter = z.object({ phone: Phone.optional(), q: search.optional(), ...Page });

const VehicleAnswer = z
  .object({
    id: Id,
    make: z.string(),
    model: z.string(),
    year: z.int().nullable(),
    vin: z.string().nullable().describe('17 letters and digits'),
    plate: z.string().nullable().describe('the number plate'),
  })
  .meta({ id: 'Vehicle', description: 'A vehicle of a customer.' });

const CustomerAnswer = z
  .object({
    id: Id,
    phone_number: z.string().describe('in E.164; no two customers have the same'),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string().nullable(),
    notes: z.string().nullable().describe('what staff noted; callers never hear it'),
    vehicles: z.array(VehicleAnswer),
    upcoming_appointments: z
      .array(z.object({ id: Id, service_type: z.string(), date: Time }))
      .describe('booked and in the future, soonest first'),
    last_service_date: Time.nullable().describe('when the customer was last here'),
  })
  .meta({ id: 'Customer', description: 'A customer of the shop.' });

export const ErasedAnswer = z
  .object({
    calls: Count.describe('how many finished calls had something of the customer'),
    appointments: Count.describe('how many appointments had'),
    callbacks: Count.describe('how many call-backs had'),
    complete: z
      .boolean()
      .describe(
        'false: something was still there; what Redis has goes as soon as it answers, or expires, and recordings within a minute',
      ),
  })
  .meta({ id: 'Erased', description: 'What was erased with a customer.' });

const TAKEN = { 409: 'Another customer has this phone_number.' };

export const CUSTOMERS = {
  list: operation({
    method: 'get',
    path: '/api/customers',
    id: 'listCustomers',
    tag,
    summary: 'Customers with their vehicles, newest first',
    query: CustomerFilter,
    also: { 'text/csv': 'the whole list, with the filters of the query' },
    answer: z.object({ customers: z.array(CustomerAnswer) }),
    example: { query: { limit: '20' } },
  }),
  create: operation({
    method: 'post',
    path: '/api/customers',
    id: 'createCustomer',
    tag,
    summary: 'A new customer',
    body: CustomerBody,
    status: 201,
    answer: CustomerAnswer,
    errors: TAKEN,
    example: { body: { phone_number: '+1 512 555 0142', first_name: 'Ada', last_name: 'King' } },
  }),
  get: operation({
    method: 'get',
    path: '/api/customers/{id}',
    id: 'getCustomer',
    tag,
    summary: 'One customer',
    answer: CustomerAnswer,
    example: { path: { id: 1 } },
  }),
  change: operation({
    method: 'patch',
    path: '/api/customers/{id}',
    id: 'changeCustomer',
    tag,
    summary: 'Changes the fields that are given',
    body: CustomerChange,
    answer: CustomerAnswer,
    errors: TAKEN,
    example: { path: { id: 1 }, body: { email: 'ada@example.com' } },
  }),
  erase: operation({
    method: 'delete',
    path: '/api/customers/{id}',
    id: 'eraseCustomer',
    tag,
    summary: 'Erases the customer, and the number and words of their calls',
    details:
      'For good and everywhere: in the database, in Redis, in recordings. The times of calls and appointments stay for the figures, without the person.',
    answer: ErasedAnswer,
    errors: { 409: 'The customer is on the phone now.' },
    example: { path: { id: 1 } },
  }),
  addVehicle: operation({
    method: 'post',
    path: '/api/customers/{id}/vehicles',
    id: 'addVehicle',
    tag,
    summary: 'A new vehicle of a customer',
    body: VehicleBody,
    status: 201,
    answer: VehicleAnswer,
    example: {
      path: { id: 1 },
      body: { make: 'Honda', model: 'Civic', year: 2019, vin: '2HGFC2F59HH500456' },
    },
  }),
  changeVehicle: operation({
    method: 'patch',
    path: '/api/vehicles/{id}',
    id: 'changeVehicle',
    tag,
    summary: 'Changes the fields that are given',
    body: VehicleChange,
    answer: VehicleAnswer,
    example: { path: { id: 1 }, body: { year: 2020 } },
  }),
  removeVehicle: operation({
    method: 'delete',
    path: '/api/vehicles/{id}',
    id: 'removeVehicle',
    tag,
    summary: 'Removes a vehicle; its appointments stay',
    status: 204,
    example: { path: { id: 1 } },
  }),
};

/** Customers that are read at a time for a list as CSV. */
const CSV_PAGE = 100;

/** Customers and their vehicles. */
export function customerRoutes(desk: CustomerDesk, erasures: Pick<Eraser, 'customer'>): Router {
  const router = Router();
  serveCsv(router, CUSTOMERS.list, (filter) =>
    customersCsv((last) => desk.list({ ...filter, limit: CSV_PAGE, before: last?.id ?? filter.before })),
  );
  serve(router, CUSTOMERS.list, async ({ query }) => ({ customers: await desk.list(query) }));
  serve(router, CUSTOMERS.create, ({ body }) => desk.create(body));
  serve(router, CUSTOMERS.get, ({ path }) => desk.get(path.id));
  serve(router, CUSTOMERS.change, ({ path, body }) => desk.change(path.id, body));
  serve(router, CUSTOMERS.erase, async ({ path }) => {
    const erased = await erasures.customer(path.id);
    if (!erased) throw new GatewayError('NOT_FOUND', 'There is no customer with this id.');
    return erased;
  });
  serve(router, CUSTOMERS.addVehicle, ({ path, body }) => desk.addVehicle(path.id, body));
  serve(router, CUSTOMERS.changeVehicle, ({ path, body }) => desk.changeVehicle(path.id, body));
  serve(router, CUSTOMERS.removeVehicle, ({ path }) => desk.removeVehicle(path.id));
  return router;
}

const PERSON = ['id', 'phone_number', 'first_name', 'last_name', 'email', 'notes'] as const;
const VEHICLE = ['make', 'model', 'year', 'vin', 'plate'] as const;

/** A line for each vehicle, so that the import understands it; a customer without one has a line, too. */
function customersCsv(page: CsvList<CustomerRecord>['page']): CsvList<CustomerRecord> {
  const linesOf = (customer: CustomerRecord) => {
    const vehicles = customer.vehicles.length > 0 ? customer.vehicles : [null];
    return vehicles.map((vehicle) => [
      ...PERSON.map((column) => customer[column]),
      ...VEHICLE.map((column) => vehicle?.[column] ?? null),
      customer.last_service_date,
      customer.upcoming_appointments[0]?.date ?? null,
    ]);
  };
  const columns = [...PERSON, ...VEHICLE, 'last_service_date', 'next_appointment'];
  return { name: 'customers', columns, linesOf, page };
}

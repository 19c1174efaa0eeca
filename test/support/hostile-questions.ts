import fc from 'fast-check';
import { GatewayError, summarize } from '../../src/core/errors.js';
import type { Customer } from '../../src/customers/customer.js';
import type { CallerDesk } from '../../src/desk/desk.js';

/** Something that an agent asks of its desk, of whatever shape. */
export interface HostileQuestion {
  readonly method: keyof CallerDesk;
  readonly args: readonly unknown[];
}

/** How the desk took it. */
export type Taken =
  | { readonly how: 'answered'; readonly told: unknown }
  | { readonly how: 'refused' | 'broken'; readonly told: string };

const SQL = [
  "'; drop table appointments; --",
  '1 or 1=1',
  "' union select first_name, vin from customers --",
  '1); update appointments set customer_id = null; --',
];
const ODD = ['', '\0', '\u202e', '__proto__', 'constructor', '9'.repeat(400), '０１２３', '-1', '1e9'];
const TIMES = [
  '2026-03-04T08:00:00-06:00',
  '2026-03-04T09:00:00-06:00',
  '2026-03-05T08:00:00-06:00',
  '2026-03-06T09:00:00-06:00',
  '9999-12-31',
  '2026-02-30T08:00',
];
const EXTRA = [
  'customerId',
  'customer_id',
  'verified',
  'callSid',
  'callerPhone',
  'status',
  '__proto__',
  'toString',
];
const METHODS = [
  'verify',
  'openTimes',
  'hold',
  'book',
  'vehicles',
  'upcoming',
  'move',
  'cancel',
  'release',
] as const;

/** Ids of the shop, SQL, texts of 10 kB, times, values of any JSON shape; objects with fields that they should not have. */
export function hostileQuestions(ids: readonly number[]): fc.Arbitrary<HostileQuestion> {
  const id = fc.oneof(
    fc.constantFrom(...ids),
    fc.constantFrom(0, -1, 1.5, 2 ** 31, 2 ** 53, Number.NaN),
    fc.nat(50),
  );
  const text = fc.oneof(fc.constantFrom(...SQL, ...ODD), fc.constant('x'.repeat(10_000)), fc.string());
  const time = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TIMES) }, { weight: 1, arbitrary: text });
  const service = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('tires', 'oil_change') },
    { weight: 1, arbitrary: text },
  );
  const digits = fc.oneof(fc.constantFrom('7042', '9178', '0000'), text);
  const value = fc.oneof(id, text, time, fc.jsonValue());
  const extra = fc.dictionary(fc.constantFrom(...EXTRA), value, { maxKeys: 2 });
  const fields = fc.record({
    serviceType: service,
    startsAt: time,
    vehicleId: fc.oneof(id, fc.constant(null)),
  });
  const plain = (shape: fc.Arbitrary<object>) =>
    fc.oneof(
      { weight: 3, arbitrary: shape },
      { weight: 1, arbitrary: fc.tuple(shape, extra).map(([a, b]) => ({ ...a, ...b })) },
      { weight: 1, arbitrary: value },
    );
  const argsOf: Readonly<Record<(typeof METHODS)[number], fc.Arbitrary<readonly unknown[]>>> = {
    verify: fc.tuple(fc.oneof(digits, value)),
    openTimes: fc.tuple(plain(fc.record({ serviceType: service, after: time, limit: id }))),
    hold: fc.tuple(fc.oneof(service, value), fc.oneof(time, value)),
    book: fc.tuple(plain(fields)),
    vehicles: fc.array(value, { maxLength: 2 }),
    upcoming: fc.array(value, { maxLength: 2 }),
    move: fc.tuple(plain(fc.record({ appointmentId: id, startsAt: time }))),
    cancel: fc.tuple(fc.oneof(id, value)),
    release: fc.array(value, { maxLength: 2 }),
  };
  return fc.constantFrom(...METHODS).chain((method) => argsOf[method].map((args) => ({ method, args })));
}

/** Everything personal that there is to be asked of these customers; `open`: a time that can be had. */
export function personalQuestions(customers: readonly Customer[], open: string): HostileQuestion[] {
  const appointments = customers.flatMap((customer) => customer.upcoming_appointments.map(({ id }) => id));
  const vehicles = customers.flatMap((customer) => customer.vehicles.map(({ id }) => id));
  return [
    { method: 'vehicles', args: [] },
    { method: 'upcoming', args: [] },
    ...appointments.map((id) => ({ method: 'cancel' as const, args: [id] })),
    ...appointments.map((id) => ({ method: 'move' as const, args: [{ appointmentId: id, startsAt: open }] })),
    ...vehicles.map((vehicleId) => {
      return { method: 'book' as const, args: [{ serviceType: 'tires', startsAt: open, vehicleId }] };
    }),
  ];
}

/** The ids of all that is theirs. */
export function idsOf(customers: readonly Customer[]): number[] {
  return customers.flatMap(({ id, vehicles, upcoming_appointments: coming }) => {
    return [id, ...vehicles.map((car) => car.id), ...coming.map((row) => row.id)];
  });
}

/** Asks as an agent would that checks nothing itself. `broken`: the desk failed rather than refused. */
export async function askHostile(desk: CallerDesk, { method, args }: HostileQuestion): Promise<Taken> {
  try {
    const asked: unknown = Reflect.get(desk, method);
    if (typeof asked !== 'function') throw new TypeError(`the desk has no ${method}`);
    return { how: 'answered', told: await Reflect.apply(asked, desk, args) };
  } catch (error) {
    const isRefusal =
      error instanceof GatewayError && ['BAD_REQUEST', 'FORBIDDEN', 'CONFLICT'].includes(error.code);
    return { how: isRefusal ? 'refused' : 'broken', told: summarize(error).message };
  }
}

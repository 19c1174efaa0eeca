import type { Appointment, ChangeResult } from '../appointments/appointment.js';
import { type AppointmentBook, ONLY_BY_PERSON } from '../appointments/appointment-book.js';
import type { NoPlace, Slot } from '../appointments/open-times.js';
import { GatewayError } from '../core/errors.js';
import type { ChangesOf } from '../customers/customer.js';
import type { CustomerRepository } from '../customers/customer-repository.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { AppointmentStatus } from '../database/appointment-status.js';
import { shopInstants, toShopTime } from '../database/shop-time.js';
import type { OpenTime } from './desk.js';
import type { DeskExecutor } from './desk-executor.js';

/** An appointment made at the counter; `date` in ISO 8601, in the shop's time when it has no offset. */
interface AppointmentInput {
  readonly service_type: string;
  readonly date: string;
  readonly caller_phone?: string | null | undefined;
  readonly customer_id?: number | null | undefined;
  readonly vehicle_id?: number | null | undefined;
  readonly notes?: string | null | undefined;
  /** The customer knows of it. */
  readonly confirmed?: boolean | undefined;
  /** In this bay or none. */
  readonly bay?: number | null | undefined;
  /** Over lead time, cut-off of the day and horizon, and a service that is not booked at an open time. */
  readonly override?: boolean | undefined;
}

type AppointmentInputChanges = ChangesOf<Omit<AppointmentInput, 'caller_phone' | 'bay'>> & {
  readonly status?: AppointmentStatus | undefined;
  readonly bay?: number | undefined;
};

type Changed = Exclude<ChangeResult, string>;

interface AppointmentDeskOptions {
  readonly book: AppointmentBook;
  readonly customers: CustomerRepository;
  readonly executor: DeskExecutor;
  readonly timezone: () => string;
}

/**
 * The appointment book as the counter uses it. Rejects within 2 s with `NOT_FOUND`, `BAD_REQUEST`, `CONFLICT` (the time cannot be had) or
 * `UNAVAILABLE`.
 */
export class AppointmentDesk {
  readonly #book: AppointmentBook;
  readonly #customers: CustomerRepository;
  readonly #executor: DeskExecutor;
  readonly #timezone: () => string;

  constructor({ book, customers, executor, timezone }: AppointmentDeskOptions) {
    this.#book = book;
    this.#customers = customers;
    this.#executor = executor;
    this.#timezone = timezone;
  }

  /** The times that can be booked, from `from` (ISO 8601) on, soonest first; `[]` when nothing is open within the booking horizon. */
  async availability(query: {
    service_type: string;
    from?: string | undefined;
    limit: number;
  }): Promise<readonly OpenTime[]> {
    return this.#executor.bounded(async () => {
      const { from = null } = shopInstants({ from: query.from }, this.#timezone());
      const slots = await this.#book.openSlots(query.service_type, from, query.limit);
      return slots.map((slot) => toOpenTime(slot, this.#timezone()));
    });
  }

  /** Newest first; `from` and `to` (not included) in ISO 8601 limit when the appointments begin. */
  async list(query: {
    from?: string | undefined;
    to?: string | undefined;
    status?: readonly AppointmentStatus[] | undefined;
    customer_id?: number | undefined;
    limit: number;
    before?: number | undefined;
  }): Promise<readonly Appointment[]> {
    return this.#executor.bounded(async () => {
      const { status, customer_id: customerId, limit, before } = query;
      const period = shopInstants({ from: query.from, to: query.to }, this.#timezone());
      return this.#book.list({ ...period, status, customerId, limit, before });
    });
  }

  async get(id: number): Promise<Appointment> {
    return this.#executor.bounded(async () => (await this.#book.get(id)) ?? notFound());
  }

  async create(input: AppointmentInput): Promise<Appointment> {
    return this.#executor.bounded(async () => {
      const { customer_id: customerId = null, vehicle_id: vehicleId = null } = input;
      const startsAt = this.#instant(input.date);
      const ownerPhone = await this.#checkOwner(customerId, vehicleId);
      const callerPhone = input.caller_phone ? e164(input.caller_phone) : ownerPhone;
      const {
        service_type: serviceType,
        notes = null,
        confirmed = false,
        bay = null,
        override = false,
      } = input;
      const who = { callerPhone, customerId, vehicleId, notes, confirmed };
      const booked = await this.#book.book({ serviceType, startsAt, bay, override, ...who });
      if (typeof booked === 'string') throw refused(booked, bay);
      await this.#executor.forget(ownerPhone);
      return booked;
    });
  }

  async change(id: number, input: AppointmentInputChanges): Promise<Appointment> {
    return this.#executor.bounded(async () => {
      const before = (await this.#book.get(id)) ?? notFound();
      const startsAt = input.date === undefined ? undefined : this.#instant(input.date);
      const { customer_id: customerId, vehicle_id: vehicleId } = input;
      if (customerId !== undefined || vehicleId !== undefined)
        await this.#checkOwner(customerId === undefined ? before.customer_id : customerId, vehicleId ?? null);
      const { service_type: serviceType, status, notes, confirmed, bay, override } = input;
      const what = { startsAt, serviceType, status, notes, confirmed, bay, override };
      const changed = unwrap(await this.#book.change(id, { ...what, customerId, vehicleId }), bay);
      const owners = new Set([changed.before.customer_id, changed.after.customer_id]);
      const phones = await Promise.all([...owners].map((owner) => this.#customers.phoneOf(owner)));
      await this.#executor.forget(...phones);
      return changed.after;
    });
  }

  /** The appointment as cancelled; cancelling twice is no fault. */
  async cancel(id: number): Promise<Appointment> {
    return this.change(id, { status: 'cancelled' });
  }

  async #checkOwner(customerId: number | null, vehicleId: number | null): Promise<string | null> {
    const customer = customerId === null ? null : await this.#customers.findById(customerId);
    if (customerId !== null && !customer) throw badField('customer_id is not the id of a customer.');
    if (vehicleId !== null && !customer?.vehicles.some((vehicle) => vehicle.id === vehicleId)) {
      throw badField('vehicle_id is not the id of a vehicle of this customer.');
    }
    return customer?.phone_number ?? null;
  }

  #instant(date: string): Date {
    return shopInstants({ date }, this.#timezone()).date ?? raise(badField('date is missing.'));
  }
}

/** A slot as the outside sees it. */
export function toOpenTime({ start, end }: Slot, timezone: string): OpenTime {
  return { starts_at: toShopTime(start, timezone), ends_at: toShopTime(end, timezone) };
}

function unwrap(result: ChangeResult, bay: number | null = null): Changed {
  if (result === 'missing') return notFound();
  if (typeof result === 'string') throw refused(result === 'over_limit' ? 'taken' : result, bay);
  return result;
}

function e164(phone: string): string {
  return (
    normalizePhone(phone) ??
    raise(badField('caller_phone is not a phone number: write it like +1 512 555 0100.'))
  );
}

function badField(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message);
}

function notFound(): never {
  throw new GatewayError('NOT_FOUND', 'There is no appointment with this id.');
}

const OVERRIDE = 'Staff can book it with override.';
const REFUSED: Readonly<Record<NoPlace, string>> = {
  not_bookable: `${ONLY_BY_PERSON} ${OVERRIDE}`,
  too_soon: `This time has passed or is too soon: the shop wants to know earlier. ${OVERRIDE}`,
  past: 'This time cannot be booked: it is before today.',
  too_late_today: `It is too late to book for today. ${OVERRIDE}`,
  too_far: `This time cannot be booked yet: it is too far ahead. ${OVERRIDE}`,
  between_starts: 'No appointment begins at this time. Ask for the open times and choose one of them.',
  closed:
    'The shop, or every bay for this service, is closed at this time or before the work would be done. Ask for the open times and choose one of them.',
  wrong_bay: 'This service is not done in that bay.',
  taken:
    'This time cannot be booked: every bay for it is taken. Ask for the open times and choose one of them.',
};

/** `bay`: the one that was asked for; null: any would do. */
function refused(reason: NoPlace, bay: number | null): GatewayError {
  if (bay !== null && reason === 'taken')
    return new GatewayError('CONFLICT', `Bay ${bay} is taken at that time.`);
  if (bay !== null && reason === 'closed')
    return new GatewayError(
      'CONFLICT',
      `The shop or bay ${bay} is closed at that time, or before the work would be done.`,
    );
  return new GatewayError('CONFLICT', REFUSED[reason]);
}

function raise(error: GatewayError): never {
  throw error;
}

import type { AppointmentBook } from '../appointments/appointment-book.js';
import type { UpcomingAppointment } from '../customers/customer.js';
import type { CustomerRepository } from '../customers/customer-repository.js';
import type { VehicleRepository } from '../customers/vehicle-repository.js';
import { fromShopTime } from '../database/shop-time.js';
import { GatewayError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { AppointmentDesk, toOpenTime } from './appointment-desk.js';
import { CustomerDesk } from './customer-desk.js';
import type { BookingRequest, BookingResult, CallerDesk, OpenTime } from './desk.js';
import { DeskDuty } from './desk-duty.js';

export interface DeskOptions {
  readonly book: AppointmentBook;
  readonly customers: CustomerRepository;
  readonly vehicles: VehicleRepository;
  readonly lookup: { forget(phone: string): Promise<void> };
  readonly timezone: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * The shop's desk: its face to callers is {@link CallerDesk}, the counter (the API) uses `customers` and `appointments`. Every write here
 * makes the cached profile of the customer it touches out of date, after its commit.
 */
export class Desk implements CallerDesk {
  readonly customers: CustomerDesk;
  readonly appointments: AppointmentDesk;
  readonly #options: DeskOptions;
  readonly #duty: DeskDuty;

  constructor(options: DeskOptions) {
    const { book, customers, vehicles, timezone } = options;
    this.#options = options;
    this.#duty = new DeskDuty(options);
    this.customers = new CustomerDesk({ customers, vehicles, duty: this.#duty });
    this.appointments = new AppointmentDesk({ book, customers, duty: this.#duty, timezone });
  }

  async openTimes(query: {
    serviceType: string;
    after?: string;
    limit: number;
  }): Promise<readonly OpenTime[]> {
    return this.#duty.bounded(async () => {
      const from = query.after === undefined ? null : new Date(this.#instant(query.after).getTime() + 1);
      const slots = await this.#options.book.openSlots(query.serviceType, from, query.limit);
      return slots.map((slot) => toOpenTime(slot, this.#options.timezone));
    });
  }

  async hold(callSid: string, serviceType: string, startsAt: string): Promise<boolean> {
    return this.#duty.bounded(async () => {
      return this.#options.book.hold(callSid, serviceType, this.#instant(startsAt));
    });
  }

  async release(callSid: string): Promise<void> {
    return this.#duty.bounded(() => this.#options.book.release(callSid));
  }

  async withdraw(callSid: string, startsAt: string): Promise<void> {
    return this.#duty.bounded(() => this.#options.book.withdraw(callSid, this.#instant(startsAt)));
  }

  async book(request: BookingRequest): Promise<BookingResult> {
    try {
      const result = await this.#duty.bounded(() => this.#book(request));
      this.#options.metrics.bookings.inc({ result: result.status });
      return result;
    } catch (error) {
      this.#options.metrics.bookings.inc({ result: 'failed' });
      throw error;
    }
  }

  async upcoming(customerId: number): Promise<readonly UpcomingAppointment[]> {
    return this.#duty.bounded(async () => {
      const customer = await this.#options.customers.findById(customerId);
      return customer?.upcoming_appointments ?? [];
    });
  }

  async #book({ startsAt, ...request }: BookingRequest): Promise<BookingResult> {
    const { book, customers } = this.#options;
    const phone = request.customerId === null ? null : await customers.phoneOf(request.customerId);
    const booked = await book.book({ ...request, startsAt: this.#instant(startsAt) });
    if (!booked) return { status: 'taken' };
    await this.#duty.forget(phone);
    const { id, service_type, date } = booked;
    return { status: 'booked', appointment: { id, service_type, date } };
  }

  #instant(text: string): Date {
    const instant = fromShopTime(text, this.#options.timezone);
    if (instant) return instant;
    throw new GatewayError(
      'BAD_REQUEST',
      'The time is not written in ISO 8601, like 2026-11-24T09:30:00-06:00.',
    );
  }
}

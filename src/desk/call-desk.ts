import type { Appointment, AppointmentChanges } from '../appointments/appointment.js';
import type { AppointmentBook } from '../appointments/appointment-book.js';
import { GatewayError } from '../core/errors.js';
import type { Metrics } from '../core/metrics.js';
import type { Customer } from '../customers/customer.js';
import type { CustomerRepository } from '../customers/customer-repository.js';
import { normalizePhone } from '../customers/phone-number.js';
import { toOpenTime } from './appointment-desk.js';
import type { CallAtDesk } from './caller.js';
import { CallerInput } from './caller-input.js';
import type {
  BookedAppointment,
  BookingRequest,
  BookingResult,
  CallerAppointment,
  CallerDesk,
  MoveRequest,
  NamedVehicle,
  OpenTime,
  Verification,
} from './desk.js';
import type { DeskExecutor } from './desk-executor.js';
import { BOOKINGS_A_CALL, DeskPolicy } from './desk-policy.js';
import type { CallerIdentity } from './identity.js';
import { MOST_UPCOMING, named, toBooked, told, toTold } from './told-to-callers.js';

interface CallDeskOptions {
  readonly call: CallAtDesk;
  readonly identity: CallerIdentity;
  readonly book: AppointmentBook;
  readonly customers: CustomerRepository;
  readonly executor: DeskExecutor;
  readonly timezone: () => string;
  readonly metrics: Metrics;
}

/** The desk as the agent of one call has it. Whatever it asks passes the {@link DeskPolicy} first. */
export class CallDesk implements CallerDesk {
  readonly #options: CallDeskOptions;
  readonly #policy: DeskPolicy;

  constructor(options: CallDeskOptions) {
    this.#options = options;
    this.#policy = new DeskPolicy({ ...options, services: () => options.book.serviceTypes });
  }

  firstName(): Promise<string | null> {
    return this.#options.identity.firstName();
  }

  async isVerified(): Promise<boolean> {
    return (await this.#options.identity.customerId()) !== null;
  }

  get mayVerify(): boolean {
    return this.#options.identity.mayTry;
  }

  async verify(given: string): Promise<Verification> {
    const { digits } = this.#policy.checked(CallerInput.digits, { digits: given });
    return this.#write(() => this.#options.identity.try(digits));
  }

  async openTimes(query: {
    serviceType: string;
    after?: string;
    limit: number;
  }): Promise<readonly OpenTime[]> {
    const { serviceType, after, limit } = this.#policy.checked(CallerInput.openTimes, query);
    const from = after === undefined ? null : new Date(this.#policy.instant(after).getTime() + 1);
    const { book, executor, identity, timezone } = this.#options;
    return executor.bounded(async () => {
      const unprovedCall = (await identity.isProved()) ? null : this.#callSid;
      const slots = await book.openSlots(serviceType, from, limit, unprovedCall);
      return slots.map((slot) => toOpenTime(slot, timezone()));
    });
  }

  async hold(serviceType: string, startsAt: string, appointmentId?: number) {
    const given = this.#policy.checked(CallerInput.hold, { serviceType, startsAt, appointmentId });
    const instant = this.#policy.instant(given.startsAt);
    const { book, identity, call } = this.#options;
    const caller = { phone: normalizePhone(call.caller.phone), moves: given.appointmentId ?? null };
    const held = await this.#write(async () =>
      book.hold(this.#callSid, serviceType, instant, (await identity.isProved()) ? null : caller),
    );
    if (held === 'over_limit' && caller.moves === null) this.#count(held);
    return held;
  }

  async release(): Promise<void> {
    const { executor, book } = this.#options;
    return executor.bounded(() => book.release(this.#callSid));
  }

  async cancelUnconfirmed(time: string): Promise<void> {
    const instant = this.#policy.instant(time);
    return this.#write(async () => {
      await this.#options.book.cancelUnconfirmed(this.#callSid, instant);
      await this.#forgetCaller();
    });
  }

  async book(given: BookingRequest): Promise<BookingResult> {
    const request = this.#policy.checked(CallerInput.booking, given);
    const startsAt = this.#policy.instant(request.startsAt);
    try {
      const before = await this.#bookedBefore(request, startsAt);
      const result = before ?? (await this.#write(() => this.#book(request, startsAt)));
      this.#count(result.status);
      return result;
    } catch (error) {
      const refused = error instanceof GatewayError && error.code === 'FORBIDDEN';
      this.#count(refused ? 'refused' : 'failed');
      throw error;
    }
  }

  async confirm(given: number): Promise<void> {
    const { appointmentId } = this.#policy.checked(CallerInput.cancellation, { appointmentId: given });
    const { book, executor, identity } = this.#options;
    await executor.bounded(async () => {
      const customerId = await identity.customerId();
      await book.confirm(appointmentId, { customerId, callSid: this.#callSid });
    });
  }

  async vehicles(): Promise<readonly NamedVehicle[]> {
    const { vehicles } = await this.#options.executor.bounded(() => this.#verified());
    return vehicles.map(named);
  }

  async upcoming(): Promise<readonly CallerAppointment[]> {
    return this.#options.executor.bounded(async () => {
      const { id, vehicles } = await this.#verified();
      const coming = await this.#options.book.coming(id, MOST_UPCOMING);
      return coming.map((each) => toTold(each, vehicles));
    });
  }

  async move(given: MoveRequest): Promise<BookingResult> {
    const { appointmentId, ...request } = this.#policy.checked(CallerInput.move, given);
    const startsAt = this.#policy.instant(request.startsAt);
    const moved = await this.#write(() => this.#change(appointmentId, { startsAt }, request.toldTime));
    return typeof moved === 'string' ? { status: moved } : { status: 'booked', appointment: toBooked(moved) };
  }

  async cancel(id: number, told?: string): Promise<BookedAppointment> {
    const given = { appointmentId: id, toldTime: told };
    const { appointmentId, toldTime } = this.#policy.checked(CallerInput.cancellation, given);
    const cancelled = await this.#write(() => this.#change(appointmentId, { status: 'cancelled' }, toldTime));
    // To be cancelled needs no place.
    if (typeof cancelled === 'string') return this.#policy.refuse('not_yours');
    return toBooked(cancelled);
  }

  async #verified(): Promise<Customer> {
    const { identity, customers } = this.#options;
    const id = await identity.customerId();
    const customer = id === null ? null : await customers.findById(id);
    return customer ?? this.#policy.refuse('not_verified');
  }

  async #book(given: BookingRequest, startsAt: Date): Promise<BookingResult> {
    const { book, customers, executor, call } = this.#options;
    const { serviceType, vehicleId } = given;
    const callSid = this.#callSid;
    if (vehicleId !== null) await this.#checkVehicle(vehicleId);
    // The customer of the number, verified or not, and also when the call could not learn of it: nothing of that is told to the caller.
    const { customer_id: customerId } = call.session.data;
    const ownNumber = normalizePhone(call.caller.phone);
    const [booked, phone] = await Promise.all([book.countBookedBy(callSid), customers.phoneOf(customerId)]);
    if (booked >= BOOKINGS_A_CALL) this.#policy.refuse('too_many_bookings');
    const newCustomer = this.#newCustomer(given);
    const who = { callSid, callerPhone: call.caller.phone, customerId, ownNumber, vehicleId, newCustomer };
    const request = { ...who, serviceType, startsAt };
    const appointment = (await this.#options.identity.isProved())
      ? await book.book(request)
      : await book.bookWithinLimits(request, { phone: ownNumber });
    if (typeof appointment === 'string') return { status: told(appointment) };
    await executor.forget(phone, ownNumber);
    this.#noteOwner(appointment);
    return { status: 'booked', appointment: toBooked(appointment) };
  }

  // Only for a number that can be rung and is no customer's yet, as far as the call knows; the book looks again.
  #newCustomer({ newCustomer: name }: BookingRequest) {
    const { caller, session } = this.#options.call;
    const phone = normalizePhone(caller.phone);
    const isWanted = name && phone !== null && session.data.customer_id === null;
    return isWanted ? { ...name, phone } : undefined;
  }

  // Whatever the call may still do: what it has booked is told to it again.
  async #bookedBefore({ serviceType }: BookingRequest, startsAt: Date): Promise<BookingResult | null> {
    const { book, executor } = this.#options;
    const booked = await executor.bounded(() => book.bookedBy(this.#callSid, startsAt));
    if (booked?.service_type !== serviceType) return null;
    // Who wrote it may not have come so far.
    await this.#forgetCaller();
    this.#noteOwner(booked);
    return { status: 'booked', appointment: toBooked(booked) };
  }

  async #forgetCaller(): Promise<void> {
    const { customers, executor, call } = this.#options;
    const phone = await customers.phoneOf(call.session.data.customer_id);
    await executor.forget(phone, normalizePhone(call.caller.phone));
  }

  // Written in any case: how often a session is stored must not tell whether the number is a customer's.
  #noteOwner({ customer_id: owner }: Appointment): void {
    const { session } = this.#options.call;
    session.change({ customer_id: owner ?? session.data.customer_id });
  }

  async #checkVehicle(vehicleId: number): Promise<void> {
    const { vehicles } = await this.#verified();
    if (!vehicles.some(({ id }) => id === vehicleId)) this.#policy.refuse('not_yours');
  }

  /** An appointment of somebody else and one that there is not are refused alike. */
  async #change(
    id: number,
    changes: AppointmentChanges,
    toldTime: string | undefined,
  ): Promise<Appointment | 'taken' | 'over_limit'> {
    const { book, customers, executor, identity } = this.#options;
    const customerId = await identity.customerId();
    const toldStart = toldTime === undefined ? undefined : this.#policy.instant(toldTime);
    const result = await book.change(id, changes, { customerId, callSid: this.#callSid, toldStart });
    if (result === 'missing') return this.#policy.refuse(customerId === null ? 'not_verified' : 'not_yours');
    if (typeof result === 'string') return told(result);
    await executor.forget(await customers.phoneOf(result.after.customer_id));
    return result.after;
  }

  #write<T>(write: () => Promise<T>): Promise<T> {
    return this.#options.executor.bounded(() => this.#policy.write(write));
  }

  get #callSid(): string {
    return this.#options.call.session.data.call_sid;
  }

  #count(result: BookingResult['status'] | 'refused' | 'failed'): void {
    const { call, metrics } = this.#options;
    if (!call.session.data.test) metrics.bookings.inc({ result });
  }
}

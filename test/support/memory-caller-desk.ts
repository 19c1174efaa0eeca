import type { UpcomingAppointment } from '../../src/customers/customer.js';
import type {
  BookedAppointment,
  BookingRequest,
  BookingResult,
  CallerDesk,
  OpenTime,
} from '../../src/desk/desk.js';

const HALF_AN_HOUR_MS = 1_800_000;

/** A desk with one bay, in memory: the rules of the contract without a database. */
export class MemoryCallerDesk implements CallerDesk {
  readonly bookings: (BookingRequest & { readonly appointment: BookedAppointment })[] = [];
  readonly holds = new Map<string, string>();
  readonly asked: string[] = [];
  readonly upcomingOf = new Map<number, readonly UpcomingAppointment[]>();
  /** Every method rejects while this is set. */
  down = false;
  /** Bookings are written, and their answer is lost, while this is set. */
  deaf = false;
  readonly #times: string[];
  #gate: Promise<void> = Promise.resolve();

  constructor(times: readonly string[]) {
    this.#times = [...times];
  }

  /** Nothing is answered until the returned function is called. */
  stall(): () => void {
    let open: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  /** Somebody else books this time. */
  take(startsAt: string): void {
    this.#times.splice(this.#times.indexOf(startsAt), 1);
  }

  async openTimes(query: {
    serviceType: string;
    after?: string;
    limit: number;
  }): Promise<readonly OpenTime[]> {
    await this.#enter('openTimes');
    const { after = '', limit } = query;
    const open = this.#times.filter((time) => time > after && this.#isFree(time, ''));
    return open.slice(0, limit).map((starts_at) => ({ starts_at, ends_at: halfAnHourLater(starts_at) }));
  }

  async hold(callSid: string, _serviceType: string, startsAt: string): Promise<boolean> {
    await this.#enter('hold');
    this.holds.delete(callSid);
    if (!this.#times.includes(startsAt) || !this.#isFree(startsAt, callSid)) return false;
    this.holds.set(callSid, startsAt);
    return true;
  }

  async release(callSid: string): Promise<void> {
    await this.#enter('release');
    this.holds.delete(callSid);
  }

  async book(request: BookingRequest): Promise<BookingResult> {
    await this.#enter('book');
    const { callSid, startsAt, serviceType } = request;
    const same = this.bookings.find(
      (booking) => booking.callSid === callSid && booking.startsAt === startsAt,
    );
    if (same) return { status: 'booked', appointment: same.appointment };
    if (!this.#times.includes(startsAt) || !this.#isFree(startsAt, callSid)) return { status: 'taken' };
    const appointment = { id: this.bookings.length + 1, service_type: serviceType, date: startsAt };
    this.bookings.push({ ...request, appointment });
    this.holds.delete(callSid);
    if (this.deaf) throw new Error('the answer was lost');
    return { status: 'booked', appointment };
  }

  async withdraw(callSid: string, startsAt: string): Promise<void> {
    await this.#enter('withdraw');
    const at = this.bookings.findIndex((each) => each.callSid === callSid && each.startsAt === startsAt);
    if (at >= 0) this.bookings.splice(at, 1);
  }

  async upcoming(customerId: number): Promise<readonly UpcomingAppointment[]> {
    await this.#enter('upcoming');
    return this.upcomingOf.get(customerId) ?? [];
  }

  async #enter(what: string): Promise<void> {
    this.asked.push(what);
    await this.#gate;
    if (this.down) throw new Error('the database is down');
  }

  #isFree(time: string, callSid: string): boolean {
    const heldByOther = [...this.holds].some(([holder, held]) => held === time && holder !== callSid);
    return !heldByOther && !this.bookings.some(({ startsAt }) => startsAt === time);
  }
}

function halfAnHourLater(iso: string): string {
  return new Date(Date.parse(iso) + HALF_AN_HOUR_MS).toISOString();
}

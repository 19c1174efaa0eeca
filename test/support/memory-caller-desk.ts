import { GatewayError } from '../../src/core/errors.js';
import type { CallAtDesk } from '../../src/desk/caller.js';
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
} from '../../src/desk/desk.js';

const HALF_AN_HOUR_MS = 1_800_000;

interface Booking extends BookingRequest {
  readonly callerPhone: string;
  readonly customerId: number | null;
  readonly appointment: BookedAppointment;
}

/** What proves that the caller of a {@link MemoryCallerDesk} is its customer. */
export const RIGHT_DIGITS = '0420';

/** The desk of one call, with one bay, in memory: the shop's rules without a database. */
export class MemoryCallerDesk implements CallerDesk {
  readonly bookings: Booking[] = [];
  readonly holds = new Map<string, string>();
  readonly asked: string[] = [];
  /** Of which appointments the caller has heard to the end, as often as it was told. */
  readonly confirmed: number[] = [];
  readonly cancelled: BookedAppointment[] = [];
  readonly upcomingOf = new Map<number, readonly CallerAppointment[]>();
  /** Digits that may still be keyed; null: from this number none may. */
  triesLeft: number | null = 3;
  /** Every method rejects while this is set. */
  down = false;
  /** Bookings are written, and their answer is lost, while this is set. */
  deaf = false;
  readonly #times: string[];
  readonly #call: CallAtDesk;
  #gate: Promise<void> = Promise.resolve();
  #keyedRight = false;

  constructor(times: readonly string[], call: CallAtDesk) {
    this.#times = [...times];
    this.#call = call;
  }

  async isVerified(): Promise<boolean> {
    const { attested, customer } = this.#call.caller;
    return (attested || this.#keyedRight) && (await customer) !== null;
  }

  get mayVerify(): boolean {
    return (this.triesLeft ?? 0) > 0;
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

  async firstName(): Promise<string | null> {
    const { attested, customer } = this.#call.caller;
    return attested ? ((await customer)?.first_name ?? null) : null;
  }

  async verify(digits: string): Promise<Verification> {
    await this.#enter('verify');
    this.#keyedRight ||= digits === RIGHT_DIGITS && (await this.#call.caller.customer) !== null;
    if (this.#keyedRight) return { outcome: 'verified' };
    this.triesLeft = Math.max(0, (this.triesLeft ?? 0) - 1);
    return this.triesLeft > 0 ? { outcome: 'wrong', triesLeft: this.triesLeft } : { outcome: 'refused' };
  }

  async hold(_serviceType: string, startsAt: string): Promise<boolean> {
    await this.#enter('hold');
    const callSid = this.#callSid;
    this.holds.delete(callSid);
    if (!this.#times.includes(startsAt) || !this.#isFree(startsAt, callSid)) return false;
    this.holds.set(callSid, startsAt);
    return true;
  }

  async release(): Promise<void> {
    await this.#enter('release');
    this.holds.delete(this.#callSid);
  }

  async book(request: BookingRequest): Promise<BookingResult> {
    await this.#enter('book');
    const { startsAt, serviceType } = request;
    const same = this.bookings.find((booking) => booking.startsAt === startsAt);
    if (same?.serviceType === serviceType) return { status: 'booked', appointment: same.appointment };
    if (!this.#times.includes(startsAt) || !this.#isFree(startsAt, this.#callSid)) return { status: 'taken' };
    const appointment = { id: this.bookings.length + 1, service_type: serviceType, date: startsAt };
    const { caller, session } = this.#call;
    const { customer_id: customerId } = session.data;
    this.bookings.push({ ...request, callerPhone: caller.phone, customerId, appointment });
    this.holds.delete(this.#callSid);
    if (this.deaf) throw new Error('the answer was lost');
    return { status: 'booked', appointment };
  }

  async cancelUnconfirmed(startsAt: string): Promise<void> {
    await this.#enter('cancelUnconfirmed');
    const at = this.bookings.findIndex((each) => each.startsAt === startsAt);
    if (at >= 0) this.bookings.splice(at, 1);
  }

  async confirm(appointmentId: number): Promise<void> {
    await this.#enter('confirm');
    this.confirmed.push(appointmentId);
  }

  async upcoming(): Promise<readonly CallerAppointment[]> {
    const { id } = await this.#verified();
    await this.#enter('upcoming');
    return this.upcomingOf.get(id) ?? [];
  }

  async vehicles(): Promise<readonly NamedVehicle[]> {
    return (await this.#verified()).vehicles;
  }

  async move({ appointmentId, startsAt, toldTime }: MoveRequest): Promise<BookingResult> {
    await this.#enter('move');
    const own = this.#own(appointmentId, toldTime, startsAt);
    if (own.date !== startsAt && !this.#isFree(startsAt, this.#callSid)) return { status: 'taken' };
    this.holds.delete(this.#callSid);
    const appointment = this.#change(own, { date: startsAt });
    if (this.deaf) throw new Error('the answer was lost');
    return { status: 'booked', appointment };
  }

  async cancel(appointmentId: number, toldTime?: string): Promise<BookedAppointment> {
    await this.#enter('cancel');
    const before = this.cancelled.find(({ id }) => id === appointmentId);
    if (before) return before;
    const own = this.#own(appointmentId, toldTime, null);
    this.#change(own, null);
    const appointment = { id: own.id, service_type: own.service_type, date: own.date };
    this.cancelled.push(appointment);
    if (this.deaf) throw new Error('the answer was lost');
    return appointment;
  }

  async #verified() {
    const customer = (await this.isVerified()) ? await this.#call.caller.customer : null;
    if (customer) return customer;
    throw new GatewayError('FORBIDDEN', 'Nothing is proved.');
  }

  #own(id: number, told: string | undefined, wanted: string | null): CallerAppointment {
    const own = [...this.upcomingOf.values()].flat().find((each) => each.id === id);
    if (!own) throw new GatewayError('FORBIDDEN', 'There is none.');
    if (told === undefined || own.date === told || own.date === wanted) return own;
    throw new GatewayError('CONFLICT', 'It has another time by now.');
  }

  /** Null: it is gone. */
  #change(own: CallerAppointment, changes: { readonly date: string } | null): BookedAppointment {
    const { id, service_type } = own;
    for (const [owner, list] of this.upcomingOf) {
      const others = list.filter((each) => each.id !== id);
      this.upcomingOf.set(owner, changes ? [...others, { ...own, ...changes }] : others);
    }
    return { id, service_type, date: changes?.date ?? own.date };
  }

  get #callSid(): string {
    return this.#call.session.data.call_sid;
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

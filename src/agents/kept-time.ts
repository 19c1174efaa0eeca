import { GatewayError } from '../core/errors.js';
import type {
  BookedAppointment,
  BookingRequest,
  BookingResult,
  CallerDesk,
  MoveRequest,
} from '../desk/desk.js';
import type { Session } from '../sessions/session.js';

type Choice = Pick<BookingRequest, 'serviceType' | 'startsAt'>;

/** How far the booking of this call is: the place that is kept while the caller decides, and a booking or move of which nobody knows yet whether it was written. */
export class KeptTime {
  readonly #desk: CallerDesk;
  #mayHold = false;
  #askedForName = false;
  /** A booking that may have been written; null: there is none. */
  #unknown: Choice | null;
  /** An appointment that may have been moved to this time; null: there is none. */
  #unsure: { readonly id: number; readonly time: string } | null = null;

  constructor(desk: CallerDesk, session: Session) {
    this.#desk = desk;
    this.#unknown = unconfirmed(session);
  }

  /** Keeps a place for two minutes, for a booking or for the appointment that `moves` there; as {@link CallerDesk.hold}. */
  async keep(serviceType: string, startsAt: string, moves?: number): Promise<boolean | 'over_limit'> {
    this.#mayHold = true;
    await this.#cancelOther({ serviceType, startsAt });
    return this.#desk.hold(serviceType, startsAt, ...(moves === undefined ? [] : [moves]));
  }

  /** Books. When it rejects, as `within` does for what takes too long, the time may be booked all the same. */
  async book(
    request: BookingRequest,
    within = (work: Promise<BookingResult>) => work,
  ): Promise<BookingResult> {
    await this.#cancelOther(request);
    this.#unknown = request;
    const result = await within(this.#write(request));
    this.#unknown = null;
    if (result.status !== 'taken') this.given();
    return result;
  }

  /** Moves, if the appointment is as the caller was told. When it rejects, as `within` does for what takes too long, it may be moved all the same. */
  async move(request: MoveRequest, within = (work: Promise<BookingResult>) => work): Promise<BookingResult> {
    const { appointmentId: id, startsAt: time, toldTime } = request;
    const moved = this.#asTold(id, toldTime, (told) => this.#desk.move({ ...request, toldTime: told }));
    this.#unsure = { id, time };
    const result = await within(moved);
    this.#unsure = null;
    if (result.status !== 'taken') this.given();
    return result;
  }

  /** Cancels, likewise. */
  cancel(id: number, toldTime: string | undefined): Promise<BookedAppointment> {
    return this.#asTold(id, toldTime, (told) => this.#desk.cancel(id, told));
  }

  /** The place became an appointment, or was given up with the booking. */
  given(): void {
    this.#mayHold = false;
  }

  /** Whether the caller was asked for a name before; from now on that is so. */
  wasAskedForName(): boolean {
    const before = this.#askedForName;
    this.#askedForName = true;
    return before;
  }

  /** Gives up the place, if one may be kept. */
  async release(): Promise<void> {
    if (!this.#mayHold) return;
    this.#mayHold = false;
    await this.#desk.release();
  }

  /** With the time that the caller knows; or with the one that an earlier move may have given it, whose answer was lost. */
  async #asTold<T>(
    id: number,
    told: string | undefined,
    change: (told: string | undefined) => Promise<T>,
  ): Promise<T> {
    const unsure = this.#unsure?.id === id ? this.#unsure.time : null;
    try {
      return await change(told);
    } catch (error) {
      const isConflict = error instanceof GatewayError && error.code === 'CONFLICT';
      if (unsure === null || !isConflict) throw error;
      return await change(unsure);
    }
  }

  /** A caller who chooses again must not end with two appointments. */
  async #cancelOther({ serviceType, startsAt }: Choice): Promise<void> {
    const unknown = this.#unknown;
    if (unknown === null || (unknown.startsAt === startsAt && unknown.serviceType === serviceType)) return;
    await this.#desk.cancelUnconfirmed(unknown.startsAt);
    this.#unknown = null;
  }

  /** A vehicle that was given up while the caller chose is no reason to lose a booking. */
  async #write(request: BookingRequest): Promise<BookingResult> {
    try {
      return await this.#desk.book(request);
    } catch (error) {
      const isRefused = error instanceof GatewayError && error.code === 'FORBIDDEN';
      if (request.vehicleId === null || !isRefused) throw error;
      return await this.#desk.book({ ...request, vehicleId: null });
    }
  }
}

/** What this call may have booked without learning of it: it was cut off, or lost its agent, when a booking may have been under way. */
function unconfirmed({ current_state, collected_data, intent }: Session): Choice | null {
  const { service_type: serviceType, appointment_time: startsAt, appointment_id } = collected_data;
  const isKnown = typeof appointment_id === 'number' || startsAt === undefined || serviceType === undefined;
  return isKnown || current_state === 'completed' || intent === 'move_appointment'
    ? null
    : { serviceType, startsAt };
}

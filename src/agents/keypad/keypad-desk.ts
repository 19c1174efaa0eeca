import { GatewayError, summarize, withDeadline } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { CallerAppointment, CallerDesk, NamedVehicle } from '../../desk/desk.js';
import { DESK_DEADLINE_MS } from '../../desk/desk-executor.js';
import type { Session } from '../../sessions/session.js';
import { KeptTime } from '../kept-time.js';
import { MOST_APPOINTMENTS } from './appointment-prompts.js';
import type { Answer, Lookup, ToldAppointment, VehicleChoice } from './keypad-state.js';

/** Three keys pick a time. */
const TIMES_AT_ONCE = 3;
/** Nine keys pick a vehicle. */
const MAX_VEHICLES = 9;

interface KeypadDeskOptions {
  readonly desk: CallerDesk;
  /** Of the call, when the agent got it. */
  readonly session: Session;
  readonly logger: Logger;
}

/**
 * The desk as one touch-tone call uses it: one question after the other in the order asked, each bounded in time and
 * answered whatever happens, and the place that is kept for the call given up at its end.
 */
export class KeypadDesk {
  readonly #options: KeypadDeskOptions;
  readonly #kept: KeptTime;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: KeypadDeskOptions) {
    this.#options = options;
    this.#kept = new KeptTime(options.desk, options.session);
  }

  /** Never rejects. `null` when `wanted` says no by the time that its turn comes: then nothing is asked. */
  ask(lookup: Lookup, wanted: () => boolean): Promise<Answer | null> {
    return this.#inTurn(async () => (wanted() ? await this.#answer(lookup) : null));
  }

  /** Gives up the place kept for this call, if one may be kept; never rejects. Also settles everything asked before. */
  release(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#bounded(this.#kept.release(), 'giving up a kept place');
      } catch (error) {
        this.#report(error);
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #answer(lookup: Lookup): Promise<Answer> {
    try {
      return await this.#lookUp(lookup);
    } catch (error) {
      const kind = expectedKind(lookup, error);
      if (kind !== null) return { kind };
      this.#report(error);
      return { kind: 'failed' };
    }
  }

  async #lookUp(lookup: Lookup): Promise<Answer> {
    switch (lookup.kind) {
      case 'identify':
        return await this.#identify();
      case 'list':
        return await this.#list();
      case 'verify':
        return await this.#verify(lookup);
      case 'find':
        return await this.#find(lookup);
      case 'hold':
        return await this.#hold(lookup);
      case 'book':
        return await this.#book(lookup);
      case 'move':
        return await this.#move(lookup);
      case 'cancel':
        return await this.#cancel(lookup);
    }
  }

  async #identify(): Promise<Answer> {
    const { desk } = this.#options;
    if (!(await this.#isVerified())) return { kind: 'vehicles', vehicles: [] };
    const vehicles = await this.#bounded(desk.vehicles(), 'finding the vehicles');
    return { kind: 'vehicles', vehicles: vehicles.slice(0, MAX_VEHICLES).map(choiceOf) };
  }

  async #list(): Promise<Answer> {
    const { desk } = this.#options;
    if (!(await this.#isVerified())) return { kind: desk.mayVerify ? 'vin_wanted' : 'not_identified' };
    const upcoming = await this.#bounded(desk.upcoming(), 'reading the appointments');
    return { kind: 'appointments', appointments: upcoming.slice(0, MOST_APPOINTMENTS).map(toldOf) };
  }

  #isVerified(): Promise<boolean> {
    return this.#bounded(this.#options.desk.isVerified(), 'finding the customer');
  }

  async #verify({ digits }: Lookup & { kind: 'verify' }): Promise<Answer> {
    const verified = await this.#bounded(this.#options.desk.verify(digits), 'checking who calls');
    if (verified.outcome === 'verified') return await this.#list();
    return verified.outcome === 'wrong'
      ? { kind: 'vin_wrong', triesLeft: verified.triesLeft }
      : { kind: 'not_identified' };
  }

  async #find({ serviceType, after, except }: Lookup & { kind: 'find' }): Promise<Answer> {
    const limit = except === null ? TIMES_AT_ONCE : TIMES_AT_ONCE + 1;
    const query = { serviceType, limit, ...(after === null ? {} : { after }) };
    const open = await this.#bounded(this.#options.desk.openTimes(query), 'looking for open times');
    const times = open.map(({ starts_at }) => starts_at).filter((time) => time !== except);
    return { kind: 'times', times: times.slice(0, TIMES_AT_ONCE) };
  }

  async #hold({ serviceType, startsAt }: Lookup & { kind: 'hold' }): Promise<Answer> {
    const kept = await this.#bounded(this.#kept.keep(serviceType, startsAt), 'keeping a place');
    if (kept === 'over_limit') return { kind: kept };
    return { kind: kept ? 'held' : 'taken' };
  }

  async #book({ serviceType, vehicleId, startsAt }: Lookup & { kind: 'book' }): Promise<Answer> {
    const result = await this.#kept.book({ serviceType, vehicleId, startsAt }, (written) =>
      this.#bounded(written, 'writing the appointment'),
    );
    return result.status === 'booked'
      ? { kind: 'booked', appointment: result.appointment }
      : { kind: result.status };
  }

  async #move({ toldTime, appointmentId, startsAt }: Lookup & { kind: 'move' }): Promise<Answer> {
    const request = { appointmentId, startsAt, toldTime: toldTime ?? undefined };
    const result = await this.#kept.move(request, (moved) => this.#bounded(moved, 'moving the appointment'));
    return result.status === 'booked'
      ? { kind: 'moved', appointment: result.appointment }
      : { kind: result.status };
  }

  async #cancel({ appointmentId, toldTime }: Lookup & { kind: 'cancel' }): Promise<Answer> {
    const cancelled = this.#kept.cancel(appointmentId, toldTime ?? undefined);
    return {
      kind: 'cancelled',
      appointment: await this.#bounded(cancelled, 'cancelling the appointment'),
    };
  }

  #bounded<T>(work: Promise<T>, what: string): Promise<T> {
    return withDeadline(work, DESK_DEADLINE_MS, `The desk: ${what}`);
  }

  #report(error: unknown): void {
    const { logger, session } = this.#options;
    const { call_sid } = session;
    logger.warn({ call_sid, err: summarize(error) }, 'The desk did not answer; the caller is told so');
  }
}

function choiceOf({ id, ...vehicle }: NamedVehicle): VehicleChoice {
  return { id, name: nameOf(vehicle) };
}

function nameOf({ year, make, model }: Omit<NamedVehicle, 'id'>): string {
  return [year, make, model].filter(Boolean).join(' ');
}

function toldOf(row: CallerAppointment): ToldAppointment {
  const { id, service_type, date, status, vehicle, may_change: mayChange } = row;
  return { id, service_type, date, status, car: vehicle && nameOf(vehicle), mayChange };
}

function isConflict(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'CONFLICT';
}

/** What the desk refuses, by what was asked; null: it failed. */
function expectedKind({ kind }: Lookup, error: unknown): 'changed' | 'refused' | 'not_bookable' | null {
  if (!(error instanceof GatewayError) || kind === 'list' || kind === 'identify' || kind === 'verify')
    return null;
  if (error.code === 'FORBIDDEN') return 'refused';
  // The call goes by the services that the shop had when it began.
  if (error.code === 'BAD_REQUEST') return 'not_bookable';
  if (!isConflict(error)) return null;
  return kind === 'move' || kind === 'cancel' ? 'changed' : 'not_bookable';
}

import type { Customer, Vehicle } from '../customers/customer.js';
import type { CallerDesk } from '../desk/desk.js';
import { summarize, withDeadline } from '../errors.js';
import type { Logger } from '../logger.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Caller } from './agent.js';
import { identifiedCustomer } from './identified-customer.js';
import type { Answer, Lookup, VehicleChoice } from './keypad-state.js';

/** Nothing that a caller waits for takes longer; then the caller hears that the appointment book cannot be reached. */
const DESK_DEADLINE_MS = 2000;
/** Three keys pick a time. */
const TIMES_AT_ONCE = 3;
/** Nine keys pick a vehicle. */
const MAX_VEHICLES = 9;

export interface KeypadDeskOptions {
  readonly desk: CallerDesk;
  readonly caller: Caller;
  readonly session: LiveSession;
  readonly logger: Logger;
}

/**
 * The desk as one touch-tone call uses it: one question after the other in the order asked, each bounded in time and
 * answered whatever happens, and the place that is kept for the call given up at its end.
 */
export class KeypadDesk {
  readonly #options: KeypadDeskOptions;
  #work: Promise<unknown> = Promise.resolve();
  #mayHold = false;
  /** The time of a booking that may have been written although the caller was told that it is not confirmed. */
  #unsettled: string | null = null;

  constructor(options: KeypadDeskOptions) {
    this.#options = options;
  }

  /** Never rejects. `null` when `wanted` says no by the time that its turn comes: then nothing is asked. */
  ask(lookup: Lookup, wanted: () => boolean): Promise<Answer | null> {
    return this.#inTurn(async () => (wanted() ? await this.#answer(lookup) : null));
  }

  /** Gives up the place kept for this call, if one may be kept; never rejects. Also settles everything asked before. */
  release(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#mayHold) return;
      this.#mayHold = false;
      const released = this.#options.desk.release(this.#callSid);
      await this.#bounded(released, 'giving up a kept place').catch((error) => this.#report(error));
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
      this.#report(error);
      return { kind: 'failed' };
    }
  }

  async #lookUp(lookup: Lookup): Promise<Answer> {
    switch (lookup.kind) {
      case 'identify':
        return { kind: 'vehicles', vehicles: vehiclesOf(await this.#identifiedCustomer()) };
      case 'list':
        return await this.#list();
      case 'find':
        return await this.#find(lookup);
      case 'hold':
        return await this.#hold(lookup);
      case 'book':
        return await this.#book(lookup);
    }
  }

  async #identifiedCustomer(): Promise<Customer | null> {
    return await this.#bounded(identifiedCustomer(this.#options.caller), 'finding the customer');
  }

  async #list(): Promise<Answer> {
    const customer = await this.#identifiedCustomer();
    if (!customer) return { kind: 'not_identified' };
    const upcoming = this.#options.desk.upcoming(customer.id);
    return { kind: 'appointments', appointments: await this.#bounded(upcoming, 'reading the appointments') };
  }

  async #find({ serviceType, after }: Lookup & { kind: 'find' }): Promise<Answer> {
    const query = { serviceType, limit: TIMES_AT_ONCE, ...(after === null ? {} : { after }) };
    const times = await this.#bounded(this.#options.desk.openTimes(query), 'looking for open times');
    return { kind: 'times', times: times.slice(0, TIMES_AT_ONCE).map(({ starts_at }) => starts_at) };
  }

  async #hold({ serviceType, startsAt }: Lookup & { kind: 'hold' }): Promise<Answer> {
    this.#mayHold = true;
    const hold = this.#withdrawOther(startsAt).then(() =>
      this.#options.desk.hold(this.#callSid, serviceType, startsAt),
    );
    return { kind: (await this.#bounded(hold, 'keeping a place')) ? 'held' : 'taken' };
  }

  /** A caller who chooses again must not end with two appointments. */
  async #withdrawOther(startsAt: string): Promise<void> {
    if (this.#unsettled === null || this.#unsettled === startsAt) return;
    await this.#options.desk.withdraw(this.#callSid, this.#unsettled);
    this.#unsettled = null;
  }

  async #book({ serviceType, vehicleId, startsAt }: Lookup & { kind: 'book' }): Promise<Answer> {
    const { desk, caller, session } = this.#options;
    const booking = desk.book({
      callSid: this.#callSid,
      callerPhone: caller.phone,
      customerId: session.data.customer_id,
      vehicleId,
      serviceType,
      startsAt,
    });
    this.#unsettled = startsAt;
    const result = await this.#bounded(booking, 'writing the appointment');
    this.#unsettled = null;
    if (result.status === 'taken') return { kind: 'taken' };
    this.#mayHold = false;
    return { kind: 'booked', appointment: result.appointment };
  }

  #bounded<T>(work: Promise<T>, what: string): Promise<T> {
    return withDeadline(work, DESK_DEADLINE_MS, `The desk: ${what}`);
  }

  #report(error: unknown): void {
    const { logger } = this.#options;
    logger.warn(
      { call_sid: this.#callSid, err: summarize(error) },
      'The desk did not answer; the caller is told so',
    );
  }

  get #callSid(): string {
    return this.#options.session.data.call_sid;
  }
}

function vehiclesOf(customer: Customer | null): readonly VehicleChoice[] {
  return (customer?.vehicles ?? [])
    .slice(0, MAX_VEHICLES)
    .map((vehicle) => ({ id: vehicle.id, name: nameOf(vehicle) }));
}

function nameOf({ year, make, model }: Vehicle): string {
  return [year, make, model].filter(Boolean).join(' ');
}

import type { AppointmentBook } from '../appointments/appointment-book.js';
import type { Metrics } from '../core/metrics.js';
import type { CustomerRepository } from '../customers/customer-repository.js';
import type { WrongVinTries } from '../customers/wrong-vin-tries.js';
import { AppointmentDesk } from './appointment-desk.js';
import { CallDesk } from './call-desk.js';
import type { CallAtDesk } from './caller.js';
import { CustomerDesk } from './customer-desk.js';
import type { CallerDesk } from './desk.js';
import type { DeskExecutor } from './desk-executor.js';
import { CallerIdentity } from './identity.js';

interface DeskOptions {
  readonly book: AppointmentBook;
  readonly customers: CustomerRepository;
  readonly tries: WrongVinTries;
  readonly executor: DeskExecutor;
  /** IANA name: of times that come without an offset, and in which all are given. */
  readonly timezone: () => string;
  readonly metrics: Metrics;
}

/**
 * The shop's desk: callers have it through {@link forCall} only, the counter (the API) uses `customers` and `appointments`. Every write
 * here makes the cached profile of the customer it touches out of date, after its commit.
 */
export class Desk {
  readonly customers: CustomerDesk;
  readonly appointments: AppointmentDesk;
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    const { customers, executor } = options;
    this.#options = options;
    this.customers = new CustomerDesk(customers, executor);
    this.appointments = new AppointmentDesk(options);
  }

  /** The desk as the agent of this call may use it. */
  forCall(call: CallAtDesk): CallerDesk {
    const identity = new CallerIdentity({ ...this.#options, call });
    return new CallDesk({ ...this.#options, call, identity });
  }
}

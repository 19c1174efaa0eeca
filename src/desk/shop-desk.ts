import type { AppointmentBook } from '../appointments/appointment-book.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { CustomerRepository } from '../customers/customer-repository.js';
import type { WrongVinTries } from '../customers/wrong-vin-tries.js';
import { AppointmentDesk } from './appointment-desk.js';
import { CallDesk } from './call-desk.js';
import type { CallAtDesk } from './caller.js';
import { CustomerDesk } from './customer-desk.js';
import type { CallerDesk } from './desk.js';
import { DeskExecutor } from './desk-executor.js';
import { CallerIdentity } from './identity.js';

export interface DeskOptions {
  readonly book: AppointmentBook;
  readonly customers: CustomerRepository;
  readonly tries: WrongVinTries;
  readonly lookup: { forget(phone: string): Promise<void> };
  /** IANA name: of times that come without an offset, and in which all are given. */
  readonly timezone: () => string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * The shop's desk: callers have it through {@link forCall} only, the counter (the API) uses `customers` and `appointments`. Every write
 * here makes the cached profile of the customer it touches out of date, after its commit.
 */
export class Desk {
  readonly customers: CustomerDesk;
  readonly appointments: AppointmentDesk;
  readonly #options: DeskOptions;
  readonly #executor: DeskExecutor;

  constructor(options: DeskOptions) {
    const { book, customers, timezone } = options;
    this.#options = options;
    this.#executor = new DeskExecutor(options);
    this.customers = new CustomerDesk(customers, this.#executor);
    this.appointments = new AppointmentDesk({ book, customers, executor: this.#executor, timezone });
  }

  /** The desk as the agent of this call may use it. */
  forCall(call: CallAtDesk): CallerDesk {
    const identity = new CallerIdentity({ ...this.#options, call });
    return new CallDesk({ ...this.#options, call, identity, executor: this.#executor });
  }
}

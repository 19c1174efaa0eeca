import type { z } from 'zod';
import { GatewayError } from '../core/errors.js';
import type { Metrics } from '../core/metrics.js';
import { fromShopTime } from '../database/shop-time.js';
import type { CallAtDesk } from './caller.js';
import { wrongInput } from './caller-input.js';

/** So many appointments one call may book; one that it cancels counts. */
export const BOOKINGS_A_CALL = 3;
/** So often the agent of one call may ask the desk to write something. */
export const WRITES_A_CALL = 20;

const REFUSALS = {
  not_verified:
    'The caller has not proved to be a customer, and may neither hear nor change anything personal.',
  not_yours: 'The caller has nothing with this id.',
  too_many_bookings: `One call can book ${BOOKINGS_A_CALL} appointments. A person at the shop can book more.`,
  too_many_writes: 'This call has asked for too many changes. A person at the shop can help.',
} as const;

export type Refusal = keyof typeof REFUSALS;

interface DeskPolicyOptions {
  readonly call: CallAtDesk;
  readonly timezone: () => string;
  readonly metrics: Metrics;
  /** The types of the services that the shop has now. */
  readonly services: () => readonly string[];
}

/** What every question of one call's agent passes before the desk does anything: its form, and how often it may ask. */
export class DeskPolicy {
  readonly #options: DeskPolicyOptions;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: DeskPolicyOptions) {
    this.#options = options;
  }

  /** The input as it must be, with a service that the shop has, or throws `BAD_REQUEST`. */
  checked<T extends object>(schema: z.ZodType<T>, input: unknown): T {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw this.#badInput(wrongInput(parsed.error));
    const { data } = parsed;
    const services = this.#options.services();
    const isKnown = !('serviceType' in data) || services.some((type) => type === data.serviceType);
    if (isKnown) return data;
    throw this.#badInput(`The desk cannot use this: serviceType must be one of ${services.join(', ')}.`);
  }

  /** An ISO 8601 time, in the shop's time when it has no offset, or throws `BAD_REQUEST`. */
  instant(text: string): Date {
    const instant = fromShopTime(text, this.#options.timezone());
    if (instant) return instant;
    throw this.#badInput('The time is not written in ISO 8601, like 2026-11-24T09:30:00-06:00.');
  }

  /** Throws `FORBIDDEN`, with a sentence that says nothing of what there is. */
  refuse(rule: Refusal): never {
    this.#options.metrics.deskRefusals.inc({ rule });
    throw new GatewayError('FORBIDDEN', REFUSALS[rule]);
  }

  /** Settles like `write`: one after the other for a call, and not more than {@link WRITES_A_CALL} of them, whichever gateway the call was on. */
  write<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#writing.then(() => {
      this.#countWrite();
      return write();
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #countWrite(): void {
    const { session } = this.#options.call;
    if (session.data.desk_writes >= WRITES_A_CALL) this.refuse('too_many_writes');
    session.change({ desk_writes: session.data.desk_writes + 1 });
  }

  #badInput(message: string): GatewayError {
    this.#options.metrics.deskRefusals.inc({ rule: 'bad_input' });
    return new GatewayError('BAD_REQUEST', message);
  }
}

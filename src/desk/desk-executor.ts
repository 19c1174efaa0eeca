import { GatewayError, summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { SqlError } from '../database/sql-error.js';

interface DeskExecutorOptions {
  /** Makes what is cached of a number out of date: the {@link CustomerLookup}. */
  readonly lookup: { forget(phone: string): Promise<void> };
  readonly logger: Logger;
}

/** Nothing that is asked of the desk takes longer: a caller waits for it. */
export const DESK_DEADLINE_MS = 2000;
const FORGET_DEADLINE_MS = 250;

/** What everything at the desk has in common: an answer or a GatewayError within 2 s, and no cached profile that a write has overtaken. */
export class DeskExecutor {
  readonly #options: DeskExecutorOptions;

  constructor(options: DeskExecutorOptions) {
    this.#options = options;
  }

  /** Settles like `work`, within 2 s; rejects with GatewayErrors only. */
  async bounded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(work(), DESK_DEADLINE_MS, 'The shop desk');
    } catch (error) {
      throw this.#toGatewayError(error);
    }
  }

  /** Called after the commit, with the number of every customer the write has touched; numbers that are null or equal are no trouble. */
  async forget(...phones: readonly (string | null)[]): Promise<void> {
    const distinct = new Set(phones.filter((phone) => phone !== null));
    const forgotten = Promise.all([...distinct].map((phone) => this.#options.lookup.forget(phone)));
    // The write has happened: a slow cache must not turn it into a failure.
    await withDeadline(forgotten, FORGET_DEADLINE_MS, 'Clearing the customer cache').catch(
      (error: unknown) => {
        this.#options.logger.warn(summarize(error), 'A cached customer may be out of date for a while');
      },
    );
  }

  #toGatewayError(error: unknown): GatewayError {
    if (error instanceof GatewayError && error.code !== 'DEADLINE') return error;
    if (error instanceof SqlError && error.state.startsWith('22')) {
      return new GatewayError(
        'BAD_REQUEST',
        'A number is too large or a text holds a character that cannot be stored.',
      );
    }
    const { message } = summarize(error);
    if (!(error instanceof GatewayError))
      this.#options.logger.error(summarize(error), 'The shop desk failed');
    return new GatewayError('UNAVAILABLE', `The shop's records cannot be used now: ${message}. Try again.`);
  }
}

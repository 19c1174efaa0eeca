import { GatewayError } from '../core/errors.js';
import type { ErasedCustomer, Eraser } from '../privacy/eraser.js';
import type { DeskExecutor } from './desk-executor.js';

export interface ErasureDeskOptions {
  readonly eraser: Pick<Eraser, 'customer' | 'call'>;
  readonly executor: DeskExecutor;
}

/** Forgetting at a person's wish, as the counter asks for it. Rejects within 2 s with `NOT_FOUND`, `CONFLICT` or `UNAVAILABLE`. */
export class ErasureDesk {
  readonly #eraser: Pick<Eraser, 'customer' | 'call'>;
  readonly #executor: DeskExecutor;

  constructor({ eraser, executor }: ErasureDeskOptions) {
    this.#eraser = eraser;
    this.#executor = executor;
  }

  /** The customer, the number and the words of their calls, wherever they are. Rejects with `CONFLICT` while the customer is on the phone. */
  async customer(id: number): Promise<ErasedCustomer> {
    return this.#executor.bounded(async () => {
      const erased = await this.#eraser.customer(id);
      if (!erased) throw new GatewayError('NOT_FOUND', 'There is no customer with this id.');
      return erased;
    });
  }

  /** The number and the words of a finished call. False: there is none. */
  async call(callSid: string): Promise<boolean> {
    return this.#executor.bounded(() => this.#eraser.call(callSid));
  }
}

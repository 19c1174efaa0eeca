import { BoundedMap } from '../core/bounded-map.js';
import type { Shop } from '../shop/shop.js';
import type { CallRegistry } from './call-registry.js';
import type { Fleet, FleetAnswer, TakenBy } from './fleet.js';

/** What staff want with a live call. */
export interface StaffRequest {
  readonly callSid: string;
  /** `transfer`: it is put through to the person at the shop. */
  readonly kind: 'transfer' | 'end';
  /** The name that the front desk was signed in to with; null: none. */
  readonly by: string | null;
}

/**
 * `done`: by us. `taken`: others were first, or the call's time was over. `over`: it has ended. `not_live`: it has just begun, or its stream has
 * just broken. `nobody_to_dial`: there is no number of a person. `unknown`: there is no such call. `unanswered`: the gateway that has it did not
 * say in time, and may have done it. `unavailable`: the other gateways cannot be asked.
 */
export type StaffResult =
  | { readonly status: 'done' }
  | { readonly status: 'taken'; readonly intervention: TakenBy }
  | { readonly status: 'over' | 'not_live' | 'nobody_to_dial' | 'unknown' | 'unanswered' | 'unavailable' };

export interface InterventionsOptions {
  readonly registry: CallRegistry;
  readonly fleet: Pick<Fleet, 'ask'>;
  readonly shopOf: (callSid: string) => Shop;
  /** What the call log knows of this call; null: nothing. Never rejects. */
  readonly recorded: (callSid: string) => Promise<object | null>;
}

/** Staff take calls over or end them, at whichever gateway has them: of several who press, one does it, and the others learn who. */
export class Interventions {
  readonly #options: InterventionsOptions;
  /** What was done from here: a call that has ended has no session that tells. */
  readonly #done = new BoundedMap<string, TakenBy>();

  constructor(options: InterventionsOptions) {
    this.#options = options;
  }

  /** Never rejects for want of another gateway. */
  async request({ callSid, kind, by }: StaffRequest): Promise<StaffResult> {
    const { registry, fleet, shopOf } = this.#options;
    if (kind === 'transfer' && shopOf(callSid).settings.transfer_number === null)
      return { status: 'nobody_to_dial' };
    const here = registry.intervene(callSid, kind, by);
    const answer = here === true ? 'done' : here || (await fleet.ask({ about: kind, callSid, by }));
    if (typeof answer === 'object') return { status: 'taken', intervention: answer };
    if (answer !== 'done') return this.#why(callSid, answer);
    this.#done.set(callSid, { kind, by });
    return { status: 'done' };
  }

  async #why(callSid: string, answer: Exclude<FleetAnswer, 'done' | TakenBy>): Promise<StaffResult> {
    if (answer === 'timeout') return { status: 'unanswered' };
    if (answer === 'unavailable') return { status: 'unavailable' };
    const { registry, recorded } = this.#options;
    const session = await registry.find(callSid);
    const intervention = session?.intervention ?? this.#done.get(callSid);
    if (intervention) return { status: 'taken', intervention };
    if (session || answer === 'refused') return { status: 'not_live' };
    const isOver = registry.isFinished(callSid) || (await recorded(callSid)) !== null;
    return { status: isOver ? 'over' : 'unknown' };
  }
}

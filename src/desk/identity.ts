import type { Metrics } from '../core/metrics.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { NumberOnFile, WrongVinTries } from '../customers/wrong-vin-tries.js';
import { VIN_TRIES } from '../sessions/session.js';
import type { CallAtDesk } from './caller.js';
import type { Verification } from './desk.js';
import { endsOneOf } from './vin-ending.js';

/** `StirVerstat` of a call whose carrier vouches for the caller's right to the number (Twilio, "Trusted Calling with SHAKEN/STIR"). */
const FULL_ATTESTATION = 'TN-Validation-Passed-A';

/** Twilio attests that the caller may use the number: level A, verified, and nothing less. Null and unknown verdicts are no attestation. */
export function isAttested(verdict: string | null): boolean {
  return verdict === FULL_ATTESTATION;
}

interface CallerIdentityOptions {
  readonly call: CallAtDesk;
  readonly tries: Pick<WrongVinTries, 'take' | 'look'>;
  readonly metrics: Metrics;
}

/**
 * Who the caller of one call has proved to be. A caller ID is no proof: it may hear the hours and book. A customer is who calls
 * from the customer's number with attestation A, or keys the last four digits of the VIN of one of the customer's vehicles. This is the
 * one home of that rule; what was proved stands in the call's session, and whoever goes on with the call finds it there.
 */
export class CallerIdentity {
  readonly #options: CallerIdentityOptions;

  constructor(options: CallerIdentityOptions) {
    this.#options = options;
  }

  /** The id of the customer that the caller has proved to be; null when nothing is proved. Waits for the customer only where the number is attested. */
  async customerId(): Promise<number | null> {
    const { caller, session } = this.#options.call;
    const { verified } = session.data;
    if (verified && (verified.by === 'vin' || caller.attested)) return verified.customer_id;
    const customer = caller.attested ? await caller.customer : null;
    if (!customer) return null;
    session.change({ verified: { by: 'attestation', customer_id: customer.id } });
    return customer.id;
  }

  /** Whether the caller's right to the number is attested, or the caller has proved to be a customer: limits for forged numbers are not for them. */
  async isProved(): Promise<boolean> {
    return this.#options.call.caller.attested || (await this.customerId()) !== null;
  }

  /** The name to greet the caller by: of the one customer with an attested number. Null: by the shop's name alone. */
  async firstName(): Promise<string | null> {
    const { attested, customer } = this.#options.call.caller;
    return attested ? ((await customer)?.first_name ?? null) : null;
  }

  /** Whether digits may still be keyed. Says the same of every phone number, a customer's or not. */
  get mayTry(): boolean {
    const { caller, session } = this.#options.call;
    return normalizePhone(caller.phone) !== null && session.data.vin_tries < VIN_TRIES;
  }

  /** Four digits keyed. Rejects when the database does not answer: then nothing is proved, and the try does not count. */
  async try(digits: string): Promise<Verification> {
    if ((await this.customerId()) !== null) return { outcome: 'verified' };
    const { call, tries } = this.#options;
    const number = normalizePhone(call.caller.phone);
    if (number === null || !this.mayTry) return this.#told('refused', 0);
    // Counted before it is known whether they are right: tries made at the same time are three at most too.
    this.#count(1);
    try {
      const judged = (onFile: NumberOnFile) => judge(onFile, digits);
      // Whoever places a test call may read the customers anyway: it neither spends what callers have left, nor is held by it.
      const verdict = await (call.session.data.test
        ? tries.look(number, judged)
        : tries.take(number, judged));
      return verdict.result === 'right'
        ? this.#verified(verdict.customerId)
        : this.#told(verdict.result, verdict.left);
    } catch (error) {
      this.#count(-1);
      this.#measure('failed');
      throw error;
    }
  }

  #verified(customerId: number): Verification {
    const { call } = this.#options;
    this.#count(-1);
    call.session.change({ customer_id: customerId, verified: { by: 'vin', customer_id: customerId } });
    this.#measure('right');
    return { outcome: 'verified' };
  }

  #told(result: 'wrong' | 'refused', leftNow: number): Verification {
    const { call } = this.#options;
    this.#measure(result);
    const triesLeft = Math.min(leftNow, VIN_TRIES - call.session.data.vin_tries);
    if (triesLeft > 0) return { outcome: 'wrong', triesLeft };
    // Also when the number or the shop must wait: the call is not asked for digits again.
    call.session.change({ vin_tries: VIN_TRIES });
    return { outcome: 'refused' };
  }

  #measure(result: 'right' | 'wrong' | 'refused' | 'failed'): void {
    const { call, metrics } = this.#options;
    if (!call.session.data.test) metrics.vinTries.inc({ result });
  }

  #count(more: 1 | -1): void {
    const { session } = this.#options.call;
    session.change({ vin_tries: Math.max(0, session.data.vin_tries + more) });
  }
}

type Verdict =
  | { readonly result: 'right'; readonly customerId: number }
  | { readonly result: 'wrong' | 'refused'; readonly left: number };

// Compares first and in any case: how long it takes says nothing of the number.
function judge({ customerId, vins, ...tried }: NumberOnFile, digits: string): Verdict {
  const fits = endsOneOf(vins, digits);
  const left = triesLeft(tried);
  if (left <= 0) return { result: 'refused', left: 0 };
  return fits && customerId !== null ? { result: 'right', customerId } : { result: 'wrong', left: left - 1 };
}

const HOUR_MS = 3_600_000;

/** So many wrong digits from one number in 24 hours are taken without a pause, on however many calls. */
export const FREE_WRONG_TRIES = 9;
/** After those, one try an hour, until a number has so many wrong ones in 24 hours; then one in {@link LONG_PAUSE_MS}. */
const HOURLY_UNTIL = 12;
const LONG_PAUSE_MS = 4 * HOUR_MS;
/** So many wrong digits are taken in an hour from all numbers together; once a day has seen {@link QUIET_DAY}, only {@link ALARMED_AN_HOUR}. */
const WRONG_AN_HOUR = 30;
const QUIET_DAY = 90;
const ALARMED_AN_HOUR = 6;

type Tried = Pick<NumberOnFile, 'wrongTries' | 'sinceWrongMs' | 'shop'>;

/**
 * How many digits may still be keyed from this number before there is a pause; 0: none now. Four digits are ten thousand, so guessing is held
 * by two budgets. That of the number slows down and never ends: who forges a number cannot shut its owner out for a day. That of the shop
 * holds what is guessed over many numbers. Both count every number alike, a customer's or not.
 *
 * In 24 hours a number gets fewer than 20 wrong tries, and all numbers together fewer than 250.
 */
export function triesLeft({ wrongTries, sinceWrongMs, shop }: Tried): number {
  const shopAnHour = shop.lastDay >= QUIET_DAY ? ALARMED_AN_HOUR : WRONG_AN_HOUR;
  const ofShop = Math.max(0, shopAnHour - shop.lastHour);
  if (wrongTries < FREE_WRONG_TRIES) return Math.min(FREE_WRONG_TRIES - wrongTries, ofShop);
  const pauseMs = wrongTries < HOURLY_UNTIL ? HOUR_MS : LONG_PAUSE_MS;
  return Math.min(sinceWrongMs >= pauseMs ? 1 : 0, ofShop);
}

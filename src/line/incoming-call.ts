import type { FinishedCall } from '../call-log/finished-call.js';
import { answerGiven, type UnservedBecause } from '../calls/unserved-call.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { Shop } from '../shop/shop.js';
import { hangUp, sayAndHangUp } from '../twilio/twiml.js';
import { isFinalStatus, type VoiceForm } from '../twilio/webhooks.js';
import { afterHoursWords } from './after-hours.js';
import type { CallRegistry } from './call-registry.js';
import { CallsOfNumber } from './calls-of-number.js';
import type { unservedCalls } from './ended-calls.js';
import {
  CONNECTING_YOU,
  type PersonAtShop,
  personOrSorry,
  SORRY_BUSY,
  SORRY_NOBODY,
  WILL_CALL_BACK,
} from './person-or-sorry.js';
import type { StreamEnded } from './stream-ended.js';
import type { LatestInvitation, Offer, StreamInvitations } from './stream-invitations.js';

/** Twilio asks again within that time when an answer did not reach it. */
const REPEATED_MS = 60_000;

export interface IncomingCallOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxCalls: number;
  readonly shopOf: (callSid: string) => Shop;
  readonly origin: () => string;
  readonly isDraining: () => boolean;
  /** This call as the call log has it; bounded in time, null also when that cannot be told, never rejects. */
  readonly recorded: (callSid: string) => Promise<FinishedCall | null>;
  /** Whether a session of this call is stored; bounded in time, `false` when it cannot be told, never rejects. */
  readonly hasSession: (callSid: string) => Promise<boolean>;
  readonly streamEnded: StreamEnded;
  readonly isAttested: (attestation: string | null) => boolean;
  readonly unserved: ReturnType<typeof unservedCalls>;
  /** Starts what the greeting will need (the customer, the sentences with a name); not waited for. */
  readonly prepare: (form: VoiceForm) => void;
  /** The call was given a stream, which will come. */
  readonly onAdmitted?: ((callSid: string) => void) | undefined;
}

/** What `/twilio/voice` answers: a stream for a new call, the same again for a repeated webhook, a hang-up for one that is over. */
export class IncomingCall {
  readonly #options: IncomingCallOptions;
  readonly #numbers: CallsOfNumber;
  /** What calls were answered that got no stream. */
  readonly #answers = new BoundedMap<string, string>();

  constructor(options: IncomingCallOptions) {
    const { registry, invitations } = options;
    this.#options = options;
    const isHere = (callSid: string) => registry.isLive(callSid) || invitations.isPending(callSid);
    this.#numbers = new CallsOfNumber({ isHere });
  }

  async answer(form: VoiceForm): Promise<string> {
    const { invitations, metrics, streamEnded } = this.#options;
    const known = invitations.latest(form.callSid);
    if (known) metrics.webhookReplays.inc();
    if (this.#isOver(form)) return hangUp();
    const answer = this.#answers.get(form.callSid);
    if (answer !== undefined) return answer;
    if (known?.expired) return this.#hasLostItsStream(form) ? streamEnded.answer(form, known.hop) : hangUp();
    return known ? this.#repeat(form, known) : this.#decide(form);
  }

  async #decide(form: VoiceForm): Promise<string> {
    const isToAgent = this.#isToAgent(form);
    if (isToAgent && !this.#options.isDraining() && !this.#isFull()) {
      this.#options.prepare(form);
      return this.#offerStream(form);
    }
    const recorded = await this.#options.recorded(form.callSid);
    if (recorded) return this.#afterItsEnd(form, recorded);
    return isToAgent ? this.#turnAway(form) : this.#withoutAgent(form);
  }

  // All are asked at once: a webhook waits for the slowest, and for none longer than its bound.
  async #offerStream(form: VoiceForm): Promise<string> {
    const { invitations, metrics, recorded, hasSession, streamEnded } = this.#options;
    const call = { callSid: form.callSid, from: form.from, attestation: form.attestation, hop: 0 };
    const [ended, isUnderWay, offer] = await Promise.all([
      recorded(form.callSid),
      hasSession(form.callSid),
      invitations.propose(call),
    ]);
    if (ended || isUnderWay || !offer.isNew) metrics.webhookReplays.inc();
    // The number's fallback address may be another gateway's: a call in progress goes on, it does not begin.
    if (isUnderWay && !ended && form.callStatus === 'in-progress') return streamEnded.answer(form);
    if (!ended && !(isUnderWay && offer.isNew)) return this.#admit(form, offer);
    if (offer.isNew) invitations.withdraw(call, offer);
    return ended ? this.#afterItsEnd(form, ended) : hangUp();
  }

  // Another gateway may have answered it without an agent just now, and Twilio asks again.
  #afterItsEnd(form: VoiceForm, ended: FinishedCall): string {
    const given = answerGiven(ended);
    const isOver = form.callStatus === 'in-progress' || Date.now() - Date.parse(ended.ended_at) > REPEATED_MS;
    if (given === null || isOver || form.mayNameAnother) return hangUp();
    const twiml = given.isDialled
      ? personOrSorry(form, this.#person(form), { before: given.words, nobody: SORRY_NOBODY })
      : sayAndHangUp(given.words ?? SORRY_NOBODY);
    this.#answers.set(form.callSid, twiml);
    return twiml;
  }

  // Other calls may have come in while the others were asked. A drain that has begun meanwhile waits for this one.
  #admit(form: VoiceForm, offer: Offer): string {
    const { invitations } = this.#options;
    const call = { callSid: form.callSid, hop: 0 };
    const known = invitations.latest(call.callSid);
    if (known) return this.#repeat(form, known);
    const isOwn = mayHave(form, offer.attestation);
    const number = this.#limitedNumber(form);
    const isOverNumber = number !== null && this.#numbers.isFull(number);
    if (isOwn && !isOverNumber && !this.#isFull()) {
      if (number !== null) this.#numbers.add(number, call.callSid);
      const twiml = invitations.invite(call, offer);
      if (twiml !== null) this.#options.onAdmitted?.(form.callSid);
      return twiml ?? hangUp();
    }
    if (!isOwn) return this.#toPerson(form, SORRY_BUSY);
    return isOverNumber ? this.#turnToShop(form) : this.#turnAway(form);
  }

  #repeat(form: VoiceForm, { twiml, attestation }: LatestInvitation): string {
    return mayHave(form, attestation) ? twiml : this.#toPerson(form, SORRY_BUSY);
  }

  /** Null: its calls are not limited. */
  #limitedNumber({ from, attestation }: VoiceForm): string | null {
    return this.#options.isAttested(attestation) ? null : normalizePhone(from);
  }

  #turnToShop(form: VoiceForm): string {
    const { logger, metrics } = this.#options;
    const transferred = this.#personOf(form) !== null;
    metrics.callsOverNumber.inc();
    logger.warn({ call_sid: form.callSid, transferred }, 'A number has as many calls as it may');
    const twiml = this.#toPerson(form, WILL_CALL_BACK);
    return this.#answerUnserved(form, twiml, 'number_full', transferred ? CONNECTING_YOU : WILL_CALL_BACK);
  }

  /** The same again when the webhook is repeated: the call may be recorded by then. `words`: what is said in it. */
  #answerUnserved(form: VoiceForm, twiml: string, because: UnservedBecause, words: string | null): string {
    const { callSid, from } = form;
    const given = this.#answers.get(callSid);
    if (given !== undefined) return given;
    this.#answers.set(callSid, twiml);
    if (form.mayNameAnother || form.callStatus === 'in-progress') return twiml;
    const isDialled = because !== 'closed' && this.#personOf(form) !== null;
    this.#options.unserved({ callSid, from, because, words, isDialled });
    return twiml;
  }

  /** A call under way goes on with its agent. */
  #isToAgent({ callSid, callStatus }: VoiceForm): boolean {
    return callStatus === 'in-progress' || this.#options.shopOf(callSid).settings.answering === 'agent';
  }

  #withoutAgent(form: VoiceForm): string {
    const shop = this.#options.shopOf(form.callSid);
    if (shop.settings.answering === 'closed') {
      const words = afterHoursWords(shop, new Date());
      return this.#answerUnserved(form, sayAndHangUp(words), 'closed', words);
    }
    const twiml = personOrSorry(form, this.#person(form), { nobody: SORRY_NOBODY });
    return this.#answerUnserved(form, twiml, 'forwarded', this.#personOf(form) ? null : SORRY_NOBODY);
  }

  #toPerson(form: VoiceForm, nobody: string): string {
    return personOrSorry(form, this.#person(form), { before: CONNECTING_YOU, nobody });
  }

  #person(form: VoiceForm): PersonAtShop {
    return { transferNumber: this.#personOf(form), origin: this.#options.origin };
  }

  /** Null: nobody can be dialled. */
  #personOf({ callSid }: VoiceForm): string | null {
    return this.#options.shopOf(callSid).settings.transfer_number;
  }

  #isOver({ callSid, callStatus }: VoiceForm): boolean {
    return isFinalStatus(callStatus) || this.#options.registry.isFinished(callSid);
  }

  // The number's fallback address is asked when `/twilio/voice/next` could not answer.
  #hasLostItsStream({ callSid, callStatus }: VoiceForm): boolean {
    return callStatus === 'in-progress' && !this.#options.registry.isLive(callSid);
  }

  #isFull(): boolean {
    const { registry, invitations, maxCalls } = this.#options;
    return registry.phoneCount + invitations.pendingCount >= maxCalls;
  }

  #turnAway(form: VoiceForm): string {
    const transferred = this.#personOf(form) !== null;
    this.#options.logger.warn({ call_sid: form.callSid, transferred }, 'A call was turned away: no capacity');
    const twiml = this.#toPerson(form, SORRY_BUSY);
    return this.#answerUnserved(form, twiml, 'no_room', transferred ? CONNECTING_YOU : SORRY_BUSY);
  }
}

// What was given to another call on the word of its carrier is not given to a form that only may be about that call.
function mayHave({ mayNameAnother }: VoiceForm, attestation: string | null): boolean {
  return !mayNameAnother || attestation === null;
}

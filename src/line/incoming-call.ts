import type { UnservedCall } from '../calls/finished-call.js';
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

export interface IncomingCallOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxCalls: number;
  readonly shopOf: (callSid: string) => Shop;
  readonly origin: () => string;
  readonly isDraining: () => boolean;
  /** Whether the call log knows this call as finished; bounded in time, `false` when it cannot be told, never rejects. */
  readonly isRecorded: (callSid: string) => Promise<boolean>;
  /** Whether a session of this call is stored; as above. */
  readonly hasSession: (callSid: string) => Promise<boolean>;
  readonly streamEnded: StreamEnded;
  readonly isAttested: (attestation: string | null) => boolean;
  /** Keeps for the shop that this caller is to be rung; not waited for. */
  readonly requestCallBack: (call: UnservedCall) => void;
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
  #decidingCount = 0;

  constructor(options: IncomingCallOptions) {
    const { registry, invitations } = options;
    this.#options = options;
    const isHere = (callSid: string) => registry.isLive(callSid) || invitations.isPending(callSid);
    this.#numbers = new CallsOfNumber({ isHere });
  }

  /** Webhooks whose answer is under way. */
  get decidingCount(): number {
    return this.#decidingCount;
  }

  async answer(form: VoiceForm): Promise<string> {
    const { invitations, metrics, prepare, streamEnded } = this.#options;
    const known = invitations.latest(form.callSid);
    if (known) metrics.webhookReplays.inc();
    if (this.#isOver(form)) return hangUp();
    if (known?.expired) return this.#hasLostItsStream(form) ? streamEnded.answer(form, known.hop) : hangUp();
    if (known) return this.#repeat(form, known);
    const answer = this.#answers.get(form.callSid) ?? this.#withoutAgent(form);
    if (answer !== null) return answer;
    if (this.#options.isDraining() || this.#isFull()) return this.#turnAway(form);
    prepare(form);
    this.#decidingCount += 1;
    return this.#decide(form).finally(() => {
      this.#decidingCount -= 1;
    });
  }

  // All are asked at once: a webhook waits for the slowest, and for none longer than its bound.
  async #decide(form: VoiceForm): Promise<string> {
    const { invitations, metrics, isRecorded, hasSession, streamEnded } = this.#options;
    const call = { callSid: form.callSid, from: form.from, attestation: form.attestation, hop: 0 };
    const [wasRecorded, isUnderWay, offer] = await Promise.all([
      isRecorded(form.callSid),
      hasSession(form.callSid),
      invitations.propose(call),
    ]);
    if (wasRecorded || isUnderWay || !offer.isNew) metrics.webhookReplays.inc();
    // The number's fallback address may be another gateway's: a call in progress goes on, it does not begin.
    if (isUnderWay && !wasRecorded && form.callStatus === 'in-progress') return streamEnded.answer(form);
    if (!wasRecorded && !(isUnderWay && offer.isNew)) return this.#admit(form, offer);
    if (offer.isNew) invitations.withdraw(call, offer);
    return hangUp();
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
    return isOverNumber ? this.#turnToShop(form, number) : this.#turnAway(form);
  }

  #repeat(form: VoiceForm, { twiml, attestation }: LatestInvitation): string {
    return mayHave(form, attestation) ? twiml : this.#toPerson(form, SORRY_BUSY);
  }

  /** Null: its calls are not limited. */
  #limitedNumber({ from, attestation }: VoiceForm): string | null {
    return this.#options.isAttested(attestation) ? null : normalizePhone(from);
  }

  #turnToShop(form: VoiceForm, number: string): string {
    const { logger, metrics, requestCallBack } = this.#options;
    const transferred = this.#personOf(form) !== null;
    metrics.callsOverNumber.inc();
    logger.warn({ call_sid: form.callSid, transferred }, 'A number has as many calls as it may');
    if (!transferred && this.#numbers.isNewRequest(number))
      requestCallBack({ ...form, words: WILL_CALL_BACK, outcome: 'callback_requested' });
    return this.#answerUnserved(form, WILL_CALL_BACK);
  }

  /** The same again when the webhook is repeated: the call may be recorded by then. */
  #answerUnserved(form: VoiceForm, nobody: string): string {
    const twiml = this.#toPerson(form, nobody);
    this.#answers.set(form.callSid, twiml);
    return twiml;
  }

  /** For a call that begins while no agent is to talk with callers; null: one is. A call under way goes on. */
  #withoutAgent(form: VoiceForm): string | null {
    const shop = this.#options.shopOf(form.callSid);
    const { answering } = shop.settings;
    if (answering === 'agent' || form.callStatus === 'in-progress') return null;
    const twiml =
      answering === 'forward'
        ? personOrSorry(form, this.#person(form), { nobody: SORRY_NOBODY })
        : sayAndHangUp(afterHoursWords(shop, new Date()));
    this.#answers.set(form.callSid, twiml);
    return twiml;
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
    return registry.liveCount + invitations.pendingCount >= maxCalls;
  }

  #turnAway(form: VoiceForm): string {
    const { logger, requestCallBack } = this.#options;
    const transferred = this.#personOf(form) !== null;
    logger.warn({ call_sid: form.callSid, transferred }, 'A call was turned away: no capacity');
    const number = form.mayNameAnother ? null : normalizePhone(form.from);
    if (number === null) return this.#toPerson(form, SORRY_BUSY);
    const isNew = form.callStatus !== 'in-progress' && this.#numbers.isNewRequest(number);
    if (!transferred && isNew) requestCallBack({ ...form, words: SORRY_BUSY, outcome: 'failed' });
    return this.#answerUnserved(form, SORRY_BUSY);
  }
}

// What was given to another call on the word of its carrier is not given to a form that only may be about that call.
function mayHave({ mayNameAnother }: VoiceForm, attestation: string | null): boolean {
  return !mayNameAnother || attestation === null;
}

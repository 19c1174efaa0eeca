import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { NEXT_PATH } from '../twilio/next-address.js';
import { dialPerson, hangUp, sayAndHangUp } from '../twilio/twiml.js';
import { isFinalStatus, type VoiceForm } from '../twilio/webhooks.js';
import type { CallRegistry } from './call-registry.js';
import type { CallPlaces } from './siblings.js';
import type { Invited, Offer, StreamInvitations } from './stream-invitations.js';
import type { WhatNext } from './what-next.js';

export const SORRY_BUSY =
  'We are sorry, all our lines are busy right now. Please call again in a few minutes.';
export const SORRY_CONNECTING = 'One moment please, I am connecting you with the shop.';

export interface IncomingCallOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxCalls: number;
  /** What the other processes of this gateway have taken counts too. */
  readonly siblings: Pick<CallPlaces, 'admit' | 'notComing'>;
  readonly transferNumber: string | undefined;
  readonly origin: () => string;
  readonly isDraining: () => boolean;
  /** Whether the call log knows this call as finished; bounded in time, `false` when it cannot be told, never rejects. */
  readonly isRecorded: (callSid: string) => Promise<boolean>;
  /** Whether a session of this call is stored; as above. */
  readonly hasSession: (callSid: string) => Promise<boolean>;
  readonly whatNext: WhatNext;
  /** Starts what the greeting will need (the customer, the sentences with a name); not waited for. */
  readonly prepare: (form: VoiceForm) => void;
}

/** What `/twilio/voice` answers: a stream for a new call, the same again for a repeated webhook, a hang-up for one that is over. */
export class IncomingCall {
  readonly #options: IncomingCallOptions;
  #decidingCount = 0;

  constructor(options: IncomingCallOptions) {
    this.#options = options;
  }

  /** Webhooks whose answer is under way. */
  get decidingCount(): number {
    return this.#decidingCount;
  }

  async answer(form: VoiceForm): Promise<string> {
    const { invitations, metrics, prepare, whatNext } = this.#options;
    const known = invitations.latest(form.callSid);
    if (known) metrics.webhookReplays.inc();
    if (this.#isOver(form)) return hangUp();
    if (known?.expired) return this.#hasLostItsStream(form) ? whatNext.answer(form, known.hop) : hangUp();
    if (known) return known.twiml;
    if (this.#options.isDraining() || this.#isFull()) return this.#turnAway(form.callSid);
    prepare(form);
    this.#decidingCount += 1;
    return this.#decide(form).finally(() => {
      this.#decidingCount -= 1;
    });
  }

  // All are asked at once: a webhook waits for the slowest, and for none longer than its bound.
  async #decide(form: VoiceForm): Promise<string> {
    const { invitations, metrics, isRecorded, hasSession, whatNext, siblings } = this.#options;
    const call = { callSid: form.callSid, from: form.from, attestation: form.attestation, hop: 0 };
    const [wasRecorded, isUnderWay, offer, hasPlace] = await Promise.all([
      isRecorded(form.callSid),
      hasSession(form.callSid),
      invitations.propose(call),
      siblings.admit(form.callSid),
    ]);
    if (wasRecorded || isUnderWay || !offer.isNew) metrics.webhookReplays.inc();
    // The number's fallback address may be another gateway's: a call in progress goes on, it does not begin.
    if (isUnderWay && !wasRecorded && form.callStatus === 'in-progress') return whatNext.answer(form);
    if (!wasRecorded && !(isUnderWay && offer.isNew)) return this.#admit(call, offer, hasPlace);
    if (offer.isNew) invitations.withdraw(call, offer);
    siblings.notComing(form.callSid);
    return hangUp();
  }

  // Other calls may have come in while the others were asked. A drain that has begun meanwhile waits for this one.
  #admit(call: Invited, offer: Offer, hasPlace: boolean): string {
    const { invitations } = this.#options;
    const known = invitations.latest(call.callSid);
    if (known) return known.twiml;
    if (hasPlace && !this.#isFull()) return invitations.invite(call, offer) ?? hangUp();
    this.#options.siblings.notComing(call.callSid);
    return this.#turnAway(call.callSid);
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

  #turnAway(callSid: string): string {
    const { logger, transferNumber, origin } = this.#options;
    logger.warn(
      { call_sid: callSid, transferred: Boolean(transferNumber) },
      'A call was turned away: no capacity',
    );
    if (!transferNumber) return sayAndHangUp(SORRY_BUSY);
    return dialPerson(transferNumber, `${origin()}${NEXT_PATH}`, SORRY_CONNECTING);
  }
}

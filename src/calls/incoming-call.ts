import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { NEXT_PATH } from '../twilio/next-address.js';
import { dialPerson, hangUp, sayAndHangUp } from '../twilio/twiml.js';
import { isFinalStatus, type VoiceForm } from '../twilio/webhooks.js';
import type { CallRegistry } from './call-registry.js';
import type { StreamInvitations } from './stream-invitations.js';

export const SORRY_BUSY =
  'We are sorry, all our lines are busy right now. Please call again in a few minutes.';
export const SORRY_CONNECTING = 'One moment please, I am connecting you with the shop.';

export interface IncomingCallOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxCalls: number;
  readonly transferNumber: string | undefined;
  readonly origin: () => string;
  readonly isDraining: () => boolean;
  /** Whether the call log knows this call as finished; bounded in time, `false` when it cannot be told, never rejects. */
  readonly isRecorded: (callSid: string) => Promise<boolean>;
  /** Starts what the greeting will need (the customer, the sentences with a name); not waited for. */
  readonly prepare: (form: VoiceForm) => void;
}

/** What `/twilio/voice` answers: a stream for a new call, the same again for a repeated webhook, a hang-up for one that is over. */
export class IncomingCall {
  readonly #options: IncomingCallOptions;

  constructor(options: IncomingCallOptions) {
    this.#options = options;
  }

  async answer(form: VoiceForm): Promise<string> {
    const { invitations, metrics, prepare } = this.#options;
    const known = invitations.latest(form.callSid);
    if (known) metrics.webhookReplays.inc();
    if (this.#isOver(form) || known?.expired) return hangUp();
    if (known) return known.twiml;
    if (this.#isFull()) return this.#turnAway(form.callSid);
    prepare(form);
    const isRecorded = await this.#options.isRecorded(form.callSid);
    if (isRecorded) metrics.webhookReplays.inc();
    return isRecorded ? hangUp() : this.#admit(form);
  }

  // Other calls may have come in while the call log was asked.
  #admit({ callSid, from, attestation }: VoiceForm): string {
    const { invitations } = this.#options;
    const known = invitations.latest(callSid);
    if (known) return known.twiml;
    return this.#isFull()
      ? this.#turnAway(callSid)
      : invitations.invite({ callSid, from, attestation, hop: 0 });
  }

  #isOver({ callSid, callStatus }: VoiceForm): boolean {
    return isFinalStatus(callStatus) || this.#options.registry.isFinished(callSid);
  }

  #isFull(): boolean {
    const { registry, invitations, maxCalls, isDraining } = this.#options;
    return isDraining() || registry.liveCount + invitations.pendingCount >= maxCalls;
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

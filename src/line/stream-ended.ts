import { setTimeout as pause } from 'node:timers/promises';
import {
  type CallOutcome,
  type DialResult,
  type FinishedCall,
  isAnswered,
} from '../call-log/finished-call.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Logger } from '../core/logger.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { Intervention, Session } from '../sessions/session.js';
import type { Shop } from '../shop/shop.js';
import { hangUp, sayAndHangUp } from '../twilio/twiml.js';
import { isFinalStatus, type VoiceForm } from '../twilio/webhooks.js';
import type { CallRegistry } from './call-registry.js';
import type { unservedCalls } from './ended-calls.js';
import {
  CONNECTING_YOU,
  personOrSorry,
  SHOP_ENDS_CALL,
  SORRY_NOBODY,
  SORRY_TROUBLE,
  type SpokenInstead,
  TIME_IS_OVER,
  TROUBLE_CONNECTING,
  TROUBLE_WILL_CALL_BACK,
} from './person-or-sorry.js';
import type { Invited, StreamInvitations } from './stream-invitations.js';

/** A stream that broke is offered that often again. */
export const MAX_RESUMES = 3;
const DIAL_STATUSES: ReadonlySet<string> = new Set([
  'completed',
  'answered',
  'busy',
  'no-answer',
  'failed',
  'canceled',
]);
const LOOKS = 3;
const LOOK_MS = 100;
/** The ends of a call after which a person is dialled, if there is one. */
const DIALLED: ReadonlySet<CallOutcome> = new Set(['transferred', 'failed']);

export interface StreamEndedOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly logger: Logger;
  readonly shopOf: (callSid: string) => Shop;
  readonly origin: () => string;
  /** This gateway closes, and there is no other. */
  readonly mustEnd: () => boolean;
  /** Keeps what came of dialling a person; never rejects, never waited for. */
  readonly onDialled: (result: DialResult) => void;
  /** As for the incoming call. */
  readonly recorded: (callSid: string) => Promise<FinishedCall | null>;
  readonly unserved: ReturnType<typeof unservedCalls>;
}

/**
 * What `/twilio/voice/next` answers when a call's stream has ended: hang up after a goodbye, dial a person, or the stream again
 * when it broke. The same question gets the same answer: Twilio retries.
 */
export class StreamEnded {
  readonly #options: StreamEndedOptions;
  readonly #finalAnswers = new BoundedMap<string, string>();

  constructor(options: StreamEndedOptions) {
    this.#options = options;
  }

  /** `hop`: which stream of the call has ended, as the address that Twilio asks tells; 0 for the first, and when it is not told. */
  async answer(form: VoiceForm, hop = 0): Promise<string> {
    const { registry } = this.#options;
    this.#noteDial(form);
    if (isFinalStatus(form.callStatus)) return this.#finish(form, 'hung_up', hangUp());
    if (form.dialStatus !== null) return afterDial(form.dialStatus);
    const given = this.#finalAnswers.get(form.callSid);
    if (given) return given;
    if (registry.isFinished(form.callSid)) return hangUp();
    const session = await this.#sessionAfter(form.callSid, hop);
    // Neither here nor in the store: a stream that never opened, a store that lost everything, or a call of long ago.
    if (!session && (await this.#options.recorded(form.callSid))) return hangUp();
    const opened = this.#lastOpened(form.callSid, session);
    if (opened > hop) return this.#answerAgain({ ...form, hop: opened });
    if (session?.intervention) return this.#afterIntervention(form, session.intervention);
    if (session?.current_state === 'completed' && !missedWhatWasPromised(session))
      return this.#finish(form, 'completed', hangUp());
    if (session?.current_state === 'transferring') {
      return this.#finish(
        form,
        'transferred',
        this.#personOrSorry(form, {
          nobody: session.collected_data.callback_requested ? TROUBLE_WILL_CALL_BACK : SORRY_NOBODY,
        }),
      );
    }
    if (this.#options.mustEnd()) return this.#giveUp(form, 'This gateway stops and there is no other');
    return this.#again(form, session, hop);
  }

  #afterIntervention(form: VoiceForm, { kind }: Intervention): Promise<string> {
    if (kind === 'transfer') {
      const said = { before: CONNECTING_YOU, nobody: SORRY_NOBODY };
      return this.#finish(form, 'transferred', this.#personOrSorry(form, said));
    }
    const words = kind === 'end' ? SHOP_ENDS_CALL : TIME_IS_OVER;
    return this.#finish(form, 'completed', sayAndHangUp(words));
  }

  // Also when the caller hung up while it rang: then the call is over as well.
  #noteDial({ callSid, from, dialStatus, mayNameAnother }: VoiceForm): void {
    if (dialStatus === null || !DIAL_STATUSES.has(dialStatus) || mayNameAnother) return;
    this.#options.onDialled({
      call_sid: callSid,
      caller_phone: from,
      can_be_rung: normalizePhone(from) === from,
      dial_status: dialStatus,
      time: new Date().toISOString(),
    });
  }

  /** As another gateway has stored it, it may lack what the caller heard last, for as long as a write takes: then it is looked at again. */
  async #sessionAfter(callSid: string, hop: number): Promise<Session | null> {
    for (let looks = 1; ; looks += 1) {
      const session = await this.#options.registry.find(callSid, hop);
      const isLacking = session?.current_state === 'completed' && missedWhatWasPromised(session);
      if (!isLacking || looks === LOOKS) return session;
      await pause(LOOK_MS);
    }
  }

  /** The latest stream of the call that is known to have been opened, here or elsewhere; 0 when none is. */
  #lastOpened(callSid: string, session: Session | null): number {
    const latest = this.#options.invitations.latest(callSid);
    return Math.max(latest?.opened ? latest.hop : 0, session?.resumes ?? 0);
  }

  // What was answered has been done: its address opens nothing, and who asks in earnest is led on to what comes after that stream.
  async #answerAgain(call: Invited): Promise<string> {
    const { invitations } = this.#options;
    const latest = invitations.latest(call.callSid);
    if (latest?.hop === call.hop) return latest.twiml;
    return invitations.withdraw(call, await invitations.propose(call));
  }

  async #again(form: VoiceForm, session: Session | null, ended: number): Promise<string> {
    const { invitations, logger } = this.#options;
    const { callSid } = form;
    const latest = invitations.latest(callSid);
    // What a call has proved is not shown to whom only may be it; the call itself does not end by that.
    const isProved = session?.attestation || session?.verified || latest?.attestation;
    if (form.mayNameAnother && isProved) return this.#afterTrouble(form);
    // A stream that was invited here may have been opened elsewhere.
    const opened = Math.max(ended - 1, this.#lastOpened(callSid, session));
    const same = (latest?.hop ?? 0) > opened ? invitations.repeat(callSid) : null;
    if (same) return same;
    const hop = Math.max(ended, session?.resumes ?? 0, latest?.hop ?? 0) + 1;
    if (hop <= MAX_RESUMES)
      logger.warn({ call_sid: callSid, hop }, 'A stream broke; the call is offered another one');
    const known = session
      ? { from: session.caller_phone, attestation: session.attestation }
      : { from: form.from, attestation: form.attestation };
    const via = session?.test || latest?.via ? ({ via: 'browser' } as const) : {};
    return this.#offer(form, { callSid, hop, ...known, ...via });
  }

  // What another gateway offered may have expired meanwhile: then the call is one stream further.
  async #offer(form: VoiceForm, call: Invited): Promise<string> {
    const { invitations } = this.#options;
    if (call.hop > MAX_RESUMES) return this.#giveUp(form, 'A stream broke too often');
    const twiml = invitations.invite(call, await invitations.propose(call));
    return twiml ?? this.#offer(form, { ...call, hop: call.hop + 1 });
  }

  #giveUp(form: VoiceForm, why: string): Promise<string> {
    const { callSid } = form;
    this.#options.logger.error({ call_sid: callSid }, `${why}; the call goes to a person`);
    return this.#finish(form, 'failed', this.#afterTrouble(form));
  }

  #afterTrouble(form: VoiceForm): string {
    return this.#personOrSorry(form, { before: TROUBLE_CONNECTING, nobody: SORRY_TROUBLE });
  }

  #personOrSorry(form: VoiceForm, said: SpokenInstead): string {
    const { shopOf, origin } = this.#options;
    return personOrSorry(
      form,
      { transferNumber: shopOf(form.callSid).settings.transfer_number, origin },
      said,
    );
  }

  async #finish(form: VoiceForm, why: CallOutcome, answer: string): Promise<string> {
    const { registry, shopOf, unserved, invitations } = this.#options;
    const { callSid, from } = form;
    this.#finalAnswers.set(callSid, answer);
    const hasPerson = shopOf(callSid).settings.transfer_number !== null;
    const isDialled = DIALLED.has(why) && hasPerson;
    const isKnown = await registry.finish(callSid, why, isDialled);
    const isOfPhone = !form.mayNameAnother && !invitations.latest(callSid)?.via;
    if (why === 'failed' && !isKnown && isOfPhone) {
      const words = isDialled ? TROUBLE_CONNECTING : SORRY_TROUBLE;
      unserved({ callSid, from, because: 'no_stream', words, isDialled });
    }
    return answer;
  }
}

/** The stream broke before or while the caller was told of what was booked, moved or cancelled, or that the shop calls back. */
function missedWhatWasPromised(session: Session): boolean {
  const { appointment_id, appointment_change, callback_requested, last_words_heard } = session.collected_data;
  const isDone = typeof appointment_id === 'number' || appointment_change !== undefined;
  const promised = isDone || callback_requested === true;
  return promised && (session.speaking || !(last_words_heard === true || spokeAtTheEnd(session)));
}

/** Words were heard since the call was over: the promise, and the goodbye. */
function spokeAtTheEnd({ states, conversation_history }: Session): boolean {
  const overSince = states.findLast(({ name }) => name === 'completed')?.time ?? '';
  return conversation_history.some(({ role, timestamp }) => role === 'assistant' && timestamp >= overSince);
}

function afterDial(dialStatus: string): string {
  return isAnswered(dialStatus) ? hangUp() : sayAndHangUp(SORRY_NOBODY);
}

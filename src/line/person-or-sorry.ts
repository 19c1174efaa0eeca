import { normalizePhone } from '../customers/phone-number.js';
import { NEXT_PATH } from '../twilio/paths.js';
import { dialPerson, sayAndHangUp } from '../twilio/twiml.js';
import type { VoiceForm } from '../twilio/webhooks.js';

// What callers hear in Twilio's own voice, where there is no stream of ours.
export const SORRY_BUSY =
  'We are sorry, all our lines are busy right now. Please call again in a few minutes.';
/** For a caller whose number has as many calls as it may have, where there is no person to dial. */
export const WILL_CALL_BACK =
  'We are sorry, other calls from your number are on our line right now. The shop will call you back at the number you are calling from. Goodbye.';
export const SORRY_NOBODY =
  'We are sorry, nobody can take your call right now. Please call again during our opening hours. Goodbye.';
/** For a caller on whose call every agent has failed, where there is no person to dial. */
export const TROUBLE_WILL_CALL_BACK =
  'We are sorry, we have technical trouble. The shop will call you back at the number you are calling from. Goodbye.';
export const SORRY_TROUBLE =
  'We are sorry, we have technical trouble. Please call again in a few minutes. Goodbye.';
/** For a caller whose call staff have ended. */
export const SHOP_ENDS_CALL = 'Thank you for calling. Goodbye.';
/** For a browser that has tried the line for as long as it may. */
export const TIME_IS_OVER = 'A call from a browser may last ten minutes, and this one has. Goodbye.';
export const CONNECTING_YOU = 'One moment please, I am connecting you with the shop.';
export const TROUBLE_CONNECTING =
  'We are sorry, we have technical trouble. I am connecting you with the shop.';

export interface PersonAtShop {
  /** Who answers when a caller wants a person; null: nobody. */
  readonly transferNumber: string | null;
  /** The origin Twilio sees. */
  readonly origin: () => string;
}

export interface SpokenInstead {
  /** Said before the person is dialled; absent or null: nothing. */
  readonly before?: string | null;
  /** Said, and then the call ends, where there is no person. */
  readonly nobody: string;
}

/**
 * TwiML that puts a caller through to a person, or says a sentence and hangs up. Who calls from a browser, a PBX or WhatsApp, or hides, has
 * no number that Twilio could show to the person: then it is the one that was called. Without that one either, Twilio decides.
 */
export function personOrSorry(
  form: VoiceForm,
  shop: PersonAtShop,
  { before, nobody }: SpokenInstead,
): string {
  if (!shop.transferNumber) return sayAndHangUp(nobody);
  const hasOwn = form.canBeShown && normalizePhone(form.from) !== null;
  const callerId = hasOwn ? undefined : (form.called ?? undefined);
  const actionUrl = `${shop.origin()}${NEXT_PATH}`;
  return dialPerson({ number: shop.transferNumber, actionUrl, callerId, sentence: before ?? undefined });
}

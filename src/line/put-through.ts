import { normalizePhone } from '../customers/phone-number.js';
import { NEXT_PATH } from '../twilio/paths.js';
import { dialPerson } from '../twilio/twiml.js';
import type { VoiceForm } from '../twilio/webhooks.js';

export interface PersonAtShop {
  /** Who answers when a caller wants a person. */
  readonly number: string;
  /** The origin Twilio sees. */
  readonly origin: string;
}

/**
 * TwiML that puts a caller through to a person. Who calls from a browser, a PBX or WhatsApp, or hides, has no number that Twilio could show
 * to the person: then it is the one that was called. Without that one either, Twilio decides.
 */
export function putThrough(form: VoiceForm, { number, origin }: PersonAtShop, sentence?: string): string {
  const hasOwn = form.canBeShown && normalizePhone(form.from) !== null;
  const callerId = hasOwn ? undefined : (form.called ?? undefined);
  return dialPerson({ number, actionUrl: `${origin}${NEXT_PATH}`, callerId, sentence });
}

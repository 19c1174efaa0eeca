const NUMBER = /^\+?[0-9]{3,15}$/;
/** What stands for a caller who does not want to be known, in these words or others. */
const ANONYMOUS = /^[\p{L} ]*$/u;
/** With it a stream's token still fits its address, whatever must be escaped. */
const MAX_BYTES = 254;

const ADDRESS = /^(?:[^<]*<)?\s*(?:(whatsapp|sips?|tel):(?:\/\/)?)?([^>]*)/i;
const E164 = /^\+[1-9]\d{6,14}$/;
const WITHOUT_PLUS = /^[1-9]\d{9,14}$/;
// Of a SIP address without a plus only what is built like a number of North America: it may as well be an extension of a PBX.
const NORTH_AMERICAN = /^1?[2-9]\d{2}[2-9]\d{6}$/;
const SAID_TO_BE_A_NUMBER = /;user=phone\b/i;

/** Nothing but a number: only of such a caller can a carrier say anything. */
export function isPlainNumber(given: string): boolean {
  return NUMBER.test(given);
}

/** Nothing but a number in E.164, such as Twilio can show to whom it dials. */
export function isE164(given: string): boolean {
  return E164.test(given);
}

/**
 * Who calls, by what Twilio has as `From`: a number, also one inside of an address; `anonymous`; else what was given, without what cannot be
 * printed, 254 bytes at most. A caller who cannot be read calls all the same.
 */
export function callerOf(given: string): string {
  if (isPlainNumber(given)) return given;
  const text = printable(given);
  return ANONYMOUS.test(text) ? 'anonymous' : (numberIn(text) ?? text);
}

/** The number that an address holds: `whatsapp:+1…`, `sip:+1…@host`, `tel:+1…`, `+1…;ext=7`, `+1 (512) …`; null when it holds none. */
export function numberIn(address: string): string | null {
  const [, scheme = '', rest = ''] = ADDRESS.exec(address) ?? [];
  const [user = ''] = rest.replace(/^%2b/i, '+').split(/[@;:]/, 1);
  const digits = user.replace(/[\s().-]/g, '');
  if (E164.test(digits)) return digits;
  switch (scheme.toLowerCase()) {
    case 'whatsapp':
      return WITHOUT_PLUS.test(digits) ? `+${digits}` : null;
    case 'sip':
    case 'sips':
      return isNorthAmerican(digits, rest) ? `+1${digits.slice(-10)}` : null;
    default:
      return NUMBER.test(digits) && digits.length >= 10 ? digits : null;
  }
}

function isNorthAmerican(digits: string, address: string): boolean {
  return NORTH_AMERICAN.test(digits) || (SAID_TO_BE_A_NUMBER.test(address) && /^1?[2-9]\d{9}$/.test(digits));
}

function printable(given: string): string {
  const text = given.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return Buffer.from(text).subarray(0, MAX_BYTES).toString();
}

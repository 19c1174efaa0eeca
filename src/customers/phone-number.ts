import { parsePhoneNumberFromString } from 'libphonenumber-js';

// What Twilio sends for a caller without a number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN (in two forms) and UNAVAILABLE, as
// they are spelled on a keypad.
const NO_CALLER = new Set(['+266696687', '+7378742833', '+2562533', '+8566', '+8656696', '+86282452253']);
const DIALLED = /^[+(\d][\d\s().-]*$/;

/**
 * A phone number in E.164, read as one of the United States when it has no country code. `null` when it is none: withheld numbers,
 * `client:…`, `sip:…`, text. Only the length is checked against the country's plan, so that new ranges are not refused.
 */
export function normalizePhone(raw: string): string | null {
  const text = raw.trim();
  if (!DIALLED.test(text) || text.length > 40) return null;
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: 'US', extract: false });
  if (!parsed?.isPossible() || parsed.ext || NO_CALLER.has(parsed.number)) return null;
  return parsed.number;
}

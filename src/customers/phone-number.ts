import { parsePhoneNumberFromString } from 'libphonenumber-js';

// What Twilio sends for a caller without a number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN (in two forms) and UNAVAILABLE, as
// they are spelled on a keypad.
const NO_CALLER = new Set(['+266696687', '+7378742833', '+2562533', '+8566', '+8656696', '+86282452253']);
const DIALLED = /^[+(\d][\d\s().\-/]*$/;
const MAX_RAW_LENGTH = 120;
const MAX_LENGTH = 40;

// Direction marks, joiners, soft hyphens, the byte order mark: programs put them around or into numbers, and nobody sees them.
const UNSEEN = /\p{Cf}|\p{Variation_Selector}|\u034f/gu;
const DASHES = /[\p{Pd}\u2212\u2043]/gu;
const DOTS = /[\u00b7\u2022\u2027\u22c5\u30fb]/gu;
// Keyboards for Chinese and Japanese write ASCII at double width.
const FULL_WIDTH = /[\uff01-\uff5e]/gu;
const TO_ASCII = 0xfee0;
// Digits as telephones set to Arabic or Persian show them.
const EASTERN_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;
// What a link, a quotation or a sentence puts around a number.
const AROUND =
  /^[\p{So}\s]*(?:["'<\u2018\u201c]\s*)?(?:tel:(?:\/\/)?)?(.*?)(?:\s*["'>\u2019\u201d])?[.,;:]?$/isu;

/**
 * A phone number in E.164, read as one of the United States when it has no country code, and as people see it: what is invisible in a
 * pasted text does not count. `null` when it is none: withheld numbers, `client:…`, `sip:…`, text. Only the length is checked
 * against the country's plan, so that new ranges are not refused.
 */
export function normalizePhone(raw: string): string | null {
  if (raw.length > MAX_RAW_LENGTH) return null;
  const text = asSeen(raw);
  if (!DIALLED.test(text) || text.length > MAX_LENGTH) return null;
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: 'US', extract: false });
  if (!parsed || parsed.ext) return null;
  const { countryCallingCode: country, nationalNumber: national } = parsed;
  // A mobile number in Mexico had a 1 there until 2019, and carriers still send it.
  if (country === '52' && /^1\d{10}$/.test(national)) return `+52${national.slice(1)}`;
  return parsed.isPossible() && !NO_CALLER.has(parsed.number) ? parsed.number : null;
}

/**
 * What a number in E.164 has in it when this is the number, or a part of one, in any usual way of writing: any of these. `[]` when it looks like
 * no number; fewer than two digits are none.
 */
export function partsOfNumber(raw: string): readonly string[] {
  const seen = raw.length > MAX_RAW_LENGTH ? '' : asSeen(raw);
  if (!DIALLED.test(seen)) return [];
  // Written for those who call from abroad as well as from inside: +49 (0)30 …
  const digits = seen.replace('(0)', '').replace(/\D/g, '');
  if (seen.startsWith('+')) return digits.length < 2 ? [] : [`+${digits}`];
  // Zeros in front may be dialled only.
  const dialled = digits.replace(/^0+/, '');
  const whole = normalizePhone(raw);
  const parts = [digits, dialled].filter((part) => part.length > 1);
  return [...new Set(whole ? [...parts, whole] : parts)];
}

/** Every form in which calls may have a number that is E.164: carriers leave out what is understood, or send what is no part of it any more. */
export function formsOf(phone: string): readonly string[] {
  const digits = phone.replace('+', '');
  const national = /^1\d{10}$/.test(digits) ? [digits.slice(1)] : [];
  const mexican = /^52\d{10}$/.test(digits) ? [`+521${digits.slice(2)}`, `521${digits.slice(2)}`] : [];
  return [phone, digits, ...national, ...mexican];
}

function asSeen(raw: string): string {
  const seen = raw
    .replace(UNSEEN, '')
    .replace(FULL_WIDTH, (char) => String.fromCharCode(char.charCodeAt(0) - TO_ASCII))
    .replace(DASHES, '-')
    .replace(DOTS, '.')
    .replace(/\s+/g, ' ')
    .replace(EASTERN_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf))
    .trim();
  const number = AROUND.exec(seen)?.[1] ?? seen;
  return number.trim().replace(/^\(\s*(\+\d{1,3})\s*\)/, '$1');
}

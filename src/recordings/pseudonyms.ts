import { createHmac, randomBytes } from 'node:crypto';
import { digitsOf, hasPhoneNumber, replaceDigits, replacePhoneNumbers } from '../core/phone-numbers.js';

// Any Twilio SID is two letters and 32 hex digits.
const SID = /([a-z]{2})([0-9a-f]{32})/gi;
const STREAM_TOKEN = /(\/twilio\/media\/)[^/"\s?\\]+/g;
/** What has none of this has nothing to hide: most texts of a message. */
const SUSPECT = /[+%/]|\d{4}|[0-9a-f]{32}/i;
const SECRET_NAME = /token|secret|signature|password|authorization/i;
const HIDDEN = '[hidden]';
/** In place of a first or last name: as a voice says any. */
const NAMES =
  'Alex Blake Casey Dana Ellis Frankie Harper Jamie Kerry Lee Morgan Noel Parker Quinn Robin Sage Taylor Val Wren Yael';

const ONE_DIGIT_CODE = /^[17]/;
const TWO_DIGIT_CODE = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;
const MAX_REMEMBERED = 10_000;

/**
 * Other SIDs and phone numbers in place of the real ones: the same one for the same original as long as this object lives,
 * nothing to be computed back from. A pseudonym keeps the form: letters of a SID, length and country code of a number. A number's
 * national part begins with 0 (+1: 5550), where no subscriber's begins. Tokens are left out.
 */
export class Pseudonyms {
  readonly #key: Buffer | null;
  readonly #known = new Map<string, string>();

  /** `null`: everything stays as it is, but for tokens, which are left out all the same. */
  constructor(key: Buffer | null = randomBytes(32)) {
    this.#key = key;
  }

  /** A SID, or any text with SIDs, phone numbers and stream addresses in it. */
  text(text: string): string {
    if (text.length < 8 || !SUSPECT.test(text)) return text;
    if (this.#key === null) return text.replace(STREAM_TOKEN, `$1${HIDDEN}`);
    const rest = text
      .replace(
        SID,
        (_sid, letters: string, hex: string) => letters + this.#hash(hex.toLowerCase()).slice(0, 32),
      )
      .replace(STREAM_TOKEN, `$1${HIDDEN}`);
    return replacePhoneNumbers(rest, (written, hasPlus) => this.#written(written, hasPlus));
  }

  /** Who calls: a number, `client:` or `sip:` address; words such as `anonymous` stay. */
  caller(from: string): string {
    if (this.#key === null) return from;
    const scheme = /^(client|sips?|whatsapp):/i.exec(from)?.[0];
    if (scheme) return scheme + this.#hash(from).slice(0, 8);
    if (/^\d{3,}$/.test(from) && !hasPhoneNumber(from)) return this.#digits(from, from.length);
    return /^(?:\+?\d+|[A-Za-z]*)$/.test(from) ? this.text(from) : `caller-${this.#hash(from).slice(0, 8)}`;
  }

  /** A first or last name, the same one however it is spelt; another person may be given the same. */
  name(name: string): string {
    if (this.#key === null) return name;
    const names = NAMES.split(' ');
    const hash = this.#hash(name.toLowerCase().replaceAll('’', "'"));
    return names[Number.parseInt(hash.slice(0, 8), 16) % names.length] ?? HIDDEN;
  }

  /** A JSON object with every text in it, keys included, replaced; the values of secrets are hidden. */
  object(object: object): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(object).map(([name, item]) => [this.text(name), this.#field(name, item)]),
    );
  }

  #field(name: string, item: unknown): unknown {
    if (typeof item !== 'string') return this.value(item);
    if (SECRET_NAME.test(name)) return HIDDEN;
    if (this.#key === null) return this.text(item);
    if (name === 'email') return `${this.#hash(item).slice(0, 8)}@example.com`;
    return name === 'vin' ? this.#hash(item).slice(0, item.length).toUpperCase() : this.text(item);
  }

  /** Any JSON value, as {@link Pseudonyms.object} does it. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    return typeof value === 'object' && value !== null ? this.object(value) : value;
  }

  /** With ten digits and no plus it is a number of +1. */
  #written(written: string, hasPlus: boolean): string {
    const digits = digitsOf(written);
    const isNational = !hasPlus && digits.length === 10;
    const others = isNational ? this.#number(`1${digits}`).slice(1) : this.#number(digits);
    return replaceDigits(written, (index) => others[index] ?? '0');
  }

  #number(digits: string): string {
    const code = /^(1\d{10}$)/.test(digits) ? '1555' : countryCode(digits);
    return `${code}0${this.#digits(digits, digits.length - code.length - 1)}`;
  }

  #digits(text: string, length: number): string {
    const digits = [...this.#hash(text)].map((hex) => Number.parseInt(hex, 16) % 10).join('');
    return digits.slice(0, length).padEnd(length, '0');
  }

  #hash(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const hash = createHmac('sha256', this.#key ?? '')
      .update(text)
      .digest('hex');
    this.#known.set(text, hash);
    return hash;
  }
}

// ITU-T E.164 country codes: 1 and 7 alone, some of two digits, the rest of three.
function countryCode(digits: string): string {
  if (ONE_DIGIT_CODE.test(digits)) return digits.slice(0, 1);
  return digits.slice(0, TWO_DIGIT_CODE.test(digits) ? 2 : 3);
}

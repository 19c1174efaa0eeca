import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header, as Node gives it, has the token: `Bearer TOKEN`, or Basic with the token as password so that a
 * browser can ask for it. What is not ASCII may come in UTF-8 or Latin-1. Takes as long for a wrong token as for the right one.
 */
export function presentsToken(header: string, token: string): boolean {
  const [, scheme = '', value = ''] = /^([a-z]+) ([^ ]+)$/i.exec(header) ?? [];
  const given = bytesOf(scheme.toLowerCase(), value);
  if (given === null) return false;
  const [utf8, latin1] = [given.toString('utf8'), given.toString('latin1')].map((text) =>
    isToken(text, token),
  );
  return utf8 === true || latin1 === true;
}

function bytesOf(scheme: string, value: string): Buffer | null {
  if (scheme === 'bearer') return Buffer.from(value, 'latin1');
  if (scheme !== 'basic') return null;
  const credentials = Buffer.from(value, 'base64');
  return credentials.subarray(credentials.indexOf(':') + 1);
}

/** Whether a text is the token, however its letters are composed. Takes as long for a wrong one as for the right one. */
export function isToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.normalize('NFC')).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

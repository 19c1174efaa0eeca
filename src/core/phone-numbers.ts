// What stands between the digits of a number that people have written, in a URL too.
const GAP = '(?:[ ().-]|%20|%28|%29){0,2}';
// Country code and 6 to 14 further digits behind a plus, which is "%2B" in URLs and "%252B" in URLs inside URLs. Years of six
// digits have a plus too.
const WITH_PLUS = `(\\+|%(?:25)*2B)(?!\\d{6}-\\d\\d-\\d\\dT)(\\d(?:${GAP}\\d){6,})`;
// The same without a plus, as area, exchange and line; not inside of a word or a longer number, and no number of JSON.
const WITHOUT_PLUS = `(?:(?<=\\\\[nrt])|(?<![\\w.+,[%-]|":))(\\(?(?:\\d{1,3}${GAP})?\\d{3}${GAP}\\d{3}${GAP}\\d{4})(?!\\w|[.-]\\d)`;
const PHONE_NUMBER = new RegExp(`${WITH_PLUS}|${WITHOUT_PLUS}`, 'gi');

/**
 * The text with something else in place of every phone number, however it is written. Without a plus only numbers of ten digits and
 * more are known for what they are. `other` is given the number as it is written, behind its plus if it has one.
 */
export function replacePhoneNumbers(
  text: string,
  other: (written: string, hasPlus: boolean) => string,
): string {
  return text.replace(PHONE_NUMBER, (_number, plus?: string, behind?: string, written?: string) =>
    plus === undefined ? other(written ?? '', false) : plus + other(behind ?? '', true),
  );
}

export function hasPhoneNumber(text: string): boolean {
  return text.search(PHONE_NUMBER) >= 0;
}

/** Each digit of a written number in turn; what stands between them stays. */
export function replaceDigits(written: string, other: (index: number) => string): string {
  let index = 0;
  return written.replace(/%\d\d|\d/g, (part) => {
    if (part.length > 1) return part;
    index += 1;
    return other(index - 1);
  });
}

/** The digits alone of a written number. */
export function digitsOf(written: string): string {
  return written.replace(/%\d\d|\D/g, '');
}

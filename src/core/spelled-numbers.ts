const UNITS = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen',
  'eighteen nineteen',
]
  .join(' ')
  .split(' ');
const TENS = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** A whole number from 0 to 99 in words: `twenty-four`. Throws a `RangeError` for any other. */
export function cardinal(number: number): string {
  const small = UNITS[number];
  if (small) return small;
  const tens = TENS[Math.floor(number / 10)];
  if (!tens || !Number.isInteger(number))
    throw new RangeError('Only whole numbers from 0 to 99 have words here');
  return number % 10 === 0 ? tens : `${tens}-${UNITS[number % 10]}`;
}

/** Its place in an order, in words: `twenty-fourth`. Same range as {@link cardinal}. */
export function ordinal(number: number): string {
  return cardinal(number).replace(/[a-z]+$/, (last) => {
    return IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  });
}

/** One token behind white space: punctuation, a text, or a number or word. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON refuses them in a text.
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;
const SPACE = /[\t\n\r ]*/y;

type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/** Where a text stops being JSON, counted from 1: its end when it ends too early. */
interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly isEnd: boolean;
}

/** The first place that cannot be JSON; `null` when the text is JSON. `JSON.parse` names a place for some faults only. */
export function jsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const next: Expected | null = found && follow(expected, found[1], found[2] !== undefined, open);
    if (!next) break;
    at = TOKEN.lastIndex;
    expected = next;
  }
  SPACE.lastIndex = at;
  const place = at + (SPACE.exec(text)?.[0].length ?? 0);
  const isEnd = place === text.length;
  if (isEnd && expected === 'end') return null;
  const before = text.slice(0, place);
  return { line: before.split('\n').length, column: place - before.lastIndexOf('\n'), isEnd };
}

/** What may come after a token; `null` when the token itself may not come. */
function follow(
  expected: Expected,
  sign: string | undefined,
  isText: boolean,
  open: ('{' | '[')[],
): Expected | null {
  const afterValue = () => (open.length === 0 ? 'end' : 'comma');
  const isValue = expected === 'value' || expected === 'first value';
  const isKey = expected === 'key' || expected === 'first key';
  if (sign === undefined) return isValue ? afterValue() : isKey && isText ? 'colon' : null;
  if (sign === ':') return expected === 'colon' ? 'value' : null;
  if (sign === ',') return expected === 'comma' ? (open.at(-1) === '{' ? 'key' : 'value') : null;
  if (sign === '{' || sign === '[') {
    if (!isValue) return null;
    open.push(sign);
    return sign === '{' ? 'first key' : 'first value';
  }
  const closes = sign === '}' ? '{' : '[';
  const isEmpty = expected === (sign === '}' ? 'first key' : 'first value');
  if (open.at(-1) !== closes || !(isEmpty || expected === 'comma')) return null;
  open.pop();
  return afterValue();
}

import type { Form } from './signature.js';

/** Twilio's names: `From`, `SpeechResult`, and a SIP caller's own headers. */
const NAME = /^(?:[A-Z][A-Za-z0-9]{0,63}|SipHeader_[\w.-]{1,64})$/;

// The parameters that name a call, a caller or a status, each with the beginning of a value that it can have.
const OWN =
  /CallSid(?=CA[0-9a-fA-F]{32})|CallStatus(?=[a-z]{4})|StirVerstat(?=TN-)|(?:From|Caller)(?=\+\d\d|\d{3}|(?:client|sips?|whatsapp):|[Aa]nonymous|[Rr]estricted|[Uu]navailable|[Uu]nknown|[Pp]rivate|[Bb]locked)/g;

// What may stand before such a name and make another parameter of it: `ForwardedFrom`, `DialCallStatus` and what Twilio may add, but no
// name with its value. Most values are in capitals or digits, which such a name has not.
const LONGER_NAME = /^(?!(?:Direction|CallStatus)[a-z])(?:[A-Z][a-z]+)*$/;

const NAMED_CALL = /CallSid(?=CA[0-9a-fA-F]{32})/g;

/** What a form leaves in doubt. */
interface Doubt {
  /** One of its parameters may be the text of others: whose number it names, and who vouches for it, cannot be relied upon. */
  readonly mayBeSpliced: boolean;
  /** The text of a parameter names a call too: which of them it is about cannot be told. */
  readonly mayNameAnother: boolean;
}

/**
 * A signature covers names and values joined without a separator: a signed form cut up elsewhere has the same signature. To name another
 * call or caller, the true one must be hidden in the text of another parameter, which is looked for here, or its name be the end of
 * a longer one. Callers bring such texts too: a SIP header that is named after a number, a parameter of a web page.
 */
export function doubtOf(form: Form): Doubt {
  const pairs = Object.keys(form)
    .sort()
    .flatMap((name) => valuesOf(form, name).map((value) => [name, value] as const));
  const isRepeated = Object.values(form).some((value) => Array.isArray(value));
  const mayBeSpliced =
    isRepeated ||
    pairs.some(([name, value], n) => {
      const before = pairs[n - 1]?.join('') ?? '';
      return (name === 'From' && before.endsWith('Forwarded')) || pairFault(name, value) !== null;
    });
  return { mayBeSpliced, mayNameAnother: mayBeSpliced && namesMoreCalls(pairs) };
}

/** What is wrong with one parameter by itself; null when nothing is. */
export function pairFault(name: string, value: string): string | null {
  if (!NAME.test(name)) return 'has a name that Twilio does not use';
  for (const { index, 0: own } of `${name}${value}`.matchAll(OWN)) {
    const isNamed = index + own.length === name.length;
    if (!isNamed || !LONGER_NAME.test(name.slice(0, index))) return 'holds another parameter';
  }
  return null;
}

// In the whole text, since a name may be cut in two.
function namesMoreCalls(pairs: readonly (readonly [string, string])[]): boolean {
  const text = pairs.map((pair) => pair.join('')).join('');
  const named = pairs.filter(
    ([name, value]) => name.endsWith('CallSid') && LONGER_NAME.test(name) && /^CA[0-9a-fA-F]{32}/.test(value),
  );
  return [...text.matchAll(NAMED_CALL)].length > new Set(named.map(([name]) => name)).size;
}

/** All values of a parameter, as often as it stands there. */
export function valuesOf(form: Form, name: string): readonly string[] {
  const value = form[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

import { GatewayError } from '../errors.js';
import type { Form } from './signature.js';

/** Twilio's names: `From`, `SpeechResult`, and a SIP caller's own headers. */
const NAME = /^(?:[A-Z][A-Za-z0-9]{0,63}|SipHeader_[\w.-]{1,64})$/;

// The parameters that name a call, a caller or a status, each with the beginning of a value that it can have.
const OWN =
  /CallSid(?=CA[0-9a-fA-F]{32})|CallStatus(?=[a-z]{4})|StirVerstat(?=TN-)|(?:From|Caller)(?=\+\d\d|\d{3}|(?:client|sips?|whatsapp):|[Aa]nonymous|[Rr]estricted|[Uu]navailable|[Uu]nknown|[Pp]rivate|[Bb]locked)/g;

// What may stand before such a name and make another parameter of it: `ForwardedFrom`, `DialCallStatus` and what Twilio may add, but no
// name with its value. Most values are in capitals or digits, which such a name has not.
const LONGER_NAME = /^(?!(?:Direction|CallStatus)[a-z])(?:[A-Z][a-z]+)*$/;

/**
 * Throws `BAD_REQUEST` for a form that Twilio cannot have cut like this. A signature covers names and values joined without a separator: a
 * signed form cut up elsewhere has the same signature. To name another call or caller, the true one must be hidden in the text
 * of another parameter, which is looked for here, or its name be the end of a longer one.
 */
export function checkCut(form: Form): void {
  let before = '';
  for (const name of Object.keys(form).sort()) {
    const value = form[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) throw badForm(`The parameter ${name} stands there more than once.`);
    const isEndOfAnother = name === 'From' && before.endsWith('Forwarded');
    const fault = pairFault(name, value) ?? (isEndOfAnother ? 'holds half of another parameter' : null);
    if (fault) throw badForm(NAME.test(name) ? `The parameter ${name} ${fault}.` : `A parameter ${fault}.`);
    before = name + value;
  }
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

function badForm(what: string): GatewayError {
  return new GatewayError('BAD_REQUEST', what);
}

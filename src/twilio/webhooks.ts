import { GatewayError } from '../core/errors.js';
import { callerOf, isE164, isPlainNumber, numberIn } from './caller-address.js';
import { CALL_SID } from './messages.js';
import { doubtOf, valuesOf } from './parameter-splicing.js';
import type { Form } from './signature.js';

/** An incoming call, or the same call asking what comes next. */
export interface VoiceForm {
  readonly callSid: string;
  /** A number; `anonymous`; else what Twilio has. */
  readonly from: string;
  /** Empty when the form has none. */
  readonly callStatus: string;
  /**
   * `TN-Validation-Passed-A` and the like (twilio.com/docs/voice/trusted-calling-with-shakenstir); null when Twilio sent none, for a caller
   * without a number of the telephone, and when the form may have been cut up anew.
   */
  readonly attestation: string | null;
  /** How a `<Dial>` before this request ended: `completed`, `busy`, `no-answer`, `failed`, `canceled`; null without one. */
  readonly dialStatus: string | null;
  /** Twilio can show the caller's own number to whom it dials. */
  readonly canBeShown: boolean;
  /** The number that was called; null when none was. */
  readonly called: string | null;
  /** Its text names another call too: it must not be told what that one has proved. */
  readonly mayNameAnother: boolean;
}

interface StreamStatusForm {
  readonly callSid: string;
  /** `stream-started`, `stream-stopped`, `stream-error`. */
  readonly event: string;
  readonly error: string | null;
}

/** The statuses after which Twilio says nothing more of a call. */
const FINAL_STATUS = new Set(['completed', 'failed', 'busy', 'no-answer', 'canceled']);
const STATUSES = new Set([...FINAL_STATUS, 'queued', 'initiated', 'ringing', 'in-progress', 'answered']);

const WORD = /^[\w .-]{1,100}$/;
const DIAL_STATUS = /^[a-z-]{0,20}$/;
const MAX_TEXT = 500;

/** Throws `BAD_REQUEST` only when it cannot be told which call it is about: everything else is somebody who calls. */
export function parseVoiceForm(form: Form): VoiceForm {
  const { mayBeSpliced, mayNameAnother } = doubtOf(form);
  const [given, same, status] = [first(form, 'From'), first(form, 'Caller'), first(form, 'CallStatus')];
  const dialStatus = printable(first(form, 'DialCallStatus'));
  // Twilio names the caller and the status in ways of its own: where it seems not to, the form was cut up.
  const isSound = isPlainNumber(given) && (same === '' || same === given) && STATUSES.has(status);
  const isWhole = !mayBeSpliced && DIAL_STATUS.test(dialStatus);
  return {
    callSid: callSid(form),
    from: detached(callerOf(given)),
    callStatus: detached(printable(status)),
    attestation: isSound && isWhole ? attestation(form) : null,
    dialStatus: detached(dialStatus) || null,
    canBeShown: isE164(given),
    called: called(form),
    mayNameAnother,
  };
}

/** Throws `BAD_REQUEST` for a form without a call or an event. */
export function parseStreamStatusForm(form: Form): StreamStatusForm {
  const event = printable(first(form, 'StreamEvent'));
  if (event === '') throw badField('StreamEvent', 'is missing');
  return {
    callSid: callSid(form),
    event: detached(event),
    error: detached(printable(first(form, 'StreamError'))) || null,
  };
}

/** Throws `BAD_REQUEST` for a form without a call or a status; one that we do not know is not final. */
export function parseCallStatusForm(form: Form): { readonly callSid: string; readonly isFinal: boolean } {
  const status = first(form, 'CallStatus');
  if (status === '') throw badField('CallStatus', 'is missing');
  return { callSid: callSid(form), isFinal: isFinalStatus(status) };
}

export function isFinalStatus(callStatus: string): boolean {
  return FINAL_STATUS.has(callStatus);
}

function callSid(form: Form): string {
  const given = first(form, 'CallSid');
  if (given === '') throw badField('CallSid', 'is missing');
  if (!CALL_SID.test(given)) throw badField('CallSid', 'is malformed');
  return detached(given);
}

function attestation(form: Form): string | null {
  const verdict = first(form, 'StirVerstat');
  return WORD.test(verdict) ? detached(verdict) : null;
}

// A call to a SIP domain or from a browser names an address, and perhaps a number in it.
function called(form: Form): string | null {
  for (const name of ['To', 'Called']) {
    const number = numberIn(first(form, name));
    if (number !== null && isE164(number)) return detached(number);
  }
  return null;
}

/** The first value of a parameter that is not empty. A repeated one costs the attestation, see `doubtOf`. */
function first(form: Form, name: string): string {
  return valuesOf(form, name).find((value) => value !== '') ?? '';
}

/** On one line, and no longer than a line may be. */
function printable(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

// A piece of a text keeps the whole of it in memory: a CallSid that is remembered would keep its webhook's body.
function detached(piece: string): string {
  return Buffer.from(piece).toString();
}

function badField(name: string, what: string): GatewayError {
  return new GatewayError('BAD_REQUEST', `The parameter ${name} ${what}.`);
}

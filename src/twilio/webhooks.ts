import { GatewayError } from '../errors.js';
import { CALL_SID } from './messages.js';
import type { Form } from './signature.js';

/** An incoming call, or the same call asking what comes next. */
export interface VoiceForm {
  readonly callSid: string;
  readonly from: string;
  readonly callStatus: string;
  /** `TN-Validation-Passed-A` and the like; null when Twilio sent none (twilio.com/docs/voice/trusted-calling-with-shakenstir). */
  readonly attestation: string | null;
  /** How a `<Dial>` before this request ended: `completed`, `busy`, `no-answer`, `failed`, `canceled`; null without one. */
  readonly dialStatus: string | null;
}

export interface StreamStatusForm {
  readonly callSid: string;
  /** `stream-started`, `stream-stopped`, `stream-error`. */
  readonly event: string;
  readonly error: string | null;
}

/** The statuses after which Twilio says nothing more of a call. */
const FINAL_STATUS = new Set(['completed', 'failed', 'busy', 'no-answer', 'canceled']);
const STATUSES = new Set([...FINAL_STATUS, 'queued', 'initiated', 'ringing', 'in-progress', 'answered']);

// From is a number, a SIP or client address, or a word such as "anonymous"; a signature does not
// bind names to values, so a form that was cut up differently must fail here.
const FROM = /^(\+?[0-9]{1,15}|(client|sip|sips|whatsapp):[\x21-\x7e]{1,250}|[A-Za-z]{1,30})$/;
const WORD = /^[\w .-]{1,100}$/;
const FAULT = /^[^\p{Cc}]{1,500}$/u;

export function parseVoiceForm(form: Form): VoiceForm {
  return {
    callSid: required(form, 'CallSid', CALL_SID),
    from: caller(form),
    callStatus: callStatus(form),
    attestation: optional(form, 'StirVerstat', WORD),
    dialStatus: optional(form, 'DialCallStatus', WORD),
  };
}

export function parseStreamStatusForm(form: Form): StreamStatusForm {
  return {
    callSid: required(form, 'CallSid', CALL_SID),
    event: required(form, 'StreamEvent', WORD),
    error: optional(form, 'StreamError', FAULT),
  };
}

export function parseCallStatusForm(form: Form): { readonly callSid: string; readonly isFinal: boolean } {
  return { callSid: required(form, 'CallSid', CALL_SID), isFinal: isFinalStatus(callStatus(form)) };
}

export function isFinalStatus(callStatus: string): boolean {
  return FINAL_STATUS.has(callStatus);
}

// Twilio always sends From, empty at worst: a form without it was cut up.
function caller(form: Form): string {
  if (form.From === undefined) throw badField('From', 'is missing');
  return optional(form, 'From', FROM) ?? 'anonymous';
}

function callStatus(form: Form): string {
  const status = required(form, 'CallStatus', WORD);
  if (!STATUSES.has(status)) throw badField('CallStatus', 'is no call status');
  return status;
}

function required(form: Form, name: string, pattern: RegExp): string {
  const value = optional(form, name, pattern);
  if (value === null) throw badField(name, 'is missing');
  return value;
}

function optional(form: Form, name: string, pattern: RegExp): string | null {
  const value = form[name];
  if (value === undefined || value === '') return null;
  if (Array.isArray(value)) throw badField(name, 'stands there more than once');
  if (!pattern.test(value)) throw badField(name, 'is malformed');
  return value;
}

function badField(name: string, what: string): GatewayError {
  return new GatewayError('BAD_REQUEST', `The parameter ${name} ${what}.`);
}

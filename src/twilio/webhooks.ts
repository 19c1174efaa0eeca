import { GatewayError } from '../errors.js';
import { checkCut } from './form-cut.js';
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

// A number, or a SIP, client or WhatsApp address.
const FROM = /^(\+?[0-9]{3,15}|(client|sip|sips|whatsapp):[\x21-\x7e]{1,250})$/;
/** What stands for a caller who does not want to be known, in these words or others. */
const ANONYMOUS = /^[A-Za-z]{1,30}$/;
const WORD = /^[\w .-]{1,100}$/;
const DIAL_STATUS = /^[a-z-]{1,20}$/;
const FAULT = /^[^\p{Cc}]{1,500}$/u;

export function parseVoiceForm(form: Form): VoiceForm {
  checkCut(form);
  return {
    callSid: required(form, 'CallSid', CALL_SID),
    from: caller(form),
    callStatus: callStatus(form),
    attestation: optional(form, 'StirVerstat', WORD),
    dialStatus: optional(form, 'DialCallStatus', DIAL_STATUS),
  };
}

export function parseStreamStatusForm(form: Form): StreamStatusForm {
  checkCut(form);
  return {
    callSid: required(form, 'CallSid', CALL_SID),
    event: required(form, 'StreamEvent', WORD),
    error: optional(form, 'StreamError', FAULT),
  };
}

export function parseCallStatusForm(form: Form): { readonly callSid: string; readonly isFinal: boolean } {
  checkCut(form);
  return { callSid: required(form, 'CallSid', CALL_SID), isFinal: isFinalStatus(callStatus(form)) };
}

export function isFinalStatus(callStatus: string): boolean {
  return FINAL_STATUS.has(callStatus);
}

// Twilio always sends From, empty at worst: a form without it was cut up.
function caller(form: Form): string {
  const { From: given, Caller: same } = form;
  if (given === undefined) throw badField('From', 'is missing');
  if (given === '' || (typeof given === 'string' && ANONYMOUS.test(given))) return 'anonymous';
  const from = required(form, 'From', FROM);
  // Twilio names the caller twice. A number has a form of its own; an address might be cut short or go on into what follows it.
  if (from.includes(':') && same !== undefined && same !== from) throw badField('Caller', 'is not From');
  return from;
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
  return detached(value);
}

// A piece of a text keeps the whole of it in memory: a CallSid that is remembered would keep its webhook's body.
function detached(piece: string): string {
  return Buffer.from(piece).toString();
}

function badField(name: string, what: string): GatewayError {
  return new GatewayError('BAD_REQUEST', `The parameter ${name} ${what}.`);
}

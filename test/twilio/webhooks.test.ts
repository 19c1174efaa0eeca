import { parse } from 'node:querystring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.js';
import type { Form } from '../../src/twilio/signature.js';
import {
  isFinalStatus,
  parseCallStatusForm,
  parseStreamStatusForm,
  parseVoiceForm,
} from '../../src/twilio/webhooks.js';
import { memoryUsed } from '../support/memory-used.js';
import { callSidOf } from '../support/stream-messages.js';

const VOICE: Readonly<Record<string, string>> = {
  AccountSid: 'AC0123456789abcdef0123456789abcdef',
  ApiVersion: '2010-04-01',
  CallSid: callSidOf(1),
  CallStatus: 'ringing',
  Called: '+15125550100',
  Caller: '+15551234567',
  Direction: 'inbound',
  From: '+15551234567',
  FromCity: 'AUSTIN',
  FromState: 'TX',
  StirVerstat: 'TN-Validation-Passed-A',
  To: '+15125550100',
};

function refusal(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'BAD_REQUEST' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('This form was taken for good.');
}

describe('parseVoiceForm', () => {
  it('reads an incoming call as Twilio sends it', () => {
    expect(parseVoiceForm(VOICE)).toEqual({
      callSid: callSidOf(1),
      from: '+15551234567',
      callStatus: 'ringing',
      attestation: 'TN-Validation-Passed-A',
      dialStatus: null,
    });
  });

  it('reads how a dialled person answered', () => {
    const form = { ...VOICE, CallStatus: 'in-progress', DialCallStatus: 'no-answer' };
    expect(parseVoiceForm(form)).toMatchObject({ callStatus: 'in-progress', dialStatus: 'no-answer' });
  });

  it.each([
    '+15551234567',
    '5551234567',
    '+266696687',
    'client:alice',
    'client:a.b-c_d%40example.com',
    'sip:+15551234567@sip.example.com:5060;transport=tls',
    'sips:bob@example.com',
    'whatsapp:+15551234567',
  ])('answers a caller named %s', (from) => {
    expect(parseVoiceForm({ ...VOICE, From: from, Caller: from }).from).toBe(from);
  });

  it('takes an empty caller as anonymous, and a form without one as cut up', () => {
    for (const From of ['', 'anonymous', 'Restricted', 'Unavailable', 'Withheld']) {
      expect(parseVoiceForm({ ...VOICE, From, Caller: From }).from).toBe('anonymous');
    }
    expect(refusal(() => parseVoiceForm({ ...VOICE, From: undefined }))).toBe(
      'The parameter From is missing.',
    );
  });

  it.each([
    '+1555 1234567',
    '+15551234567FromCityAUSTIN',
    '+1234567890123456',
    'client:',
    'client:a b',
    'client:\u00e4',
    'anonymous caller',
    '<script>',
    'a'.repeat(31),
    `sip:${'a'.repeat(251)}`,
    '+15551234567\n',
  ])('refuses the caller %j without repeating it', (from) => {
    expect(refusal(() => parseVoiceForm({ ...VOICE, From: from }))).toBe('The parameter From is malformed.');
  });

  it.each(['CallSid', 'CallStatus'])('wants %s', (name) => {
    const { [name]: _taken, ...rest } = VOICE;
    for (const form of [rest, { ...rest, [name]: '' }]) {
      expect(refusal(() => parseVoiceForm(form))).toBe(`The parameter ${name} is missing.`);
    }
  });

  it.each(['CallSid', 'CallStatus', 'From', 'StirVerstat'])('refuses %s twice', (name) => {
    const value = VOICE[name] ?? '';
    const form: Form = { ...VOICE, [name]: [value, value] };
    expect(refusal(() => parseVoiceForm(form))).toBe(`The parameter ${name} stands there more than once.`);
  });

  it.each([
    callSidOf(1).slice(1),
    `${callSidOf(1)}0`,
    callSidOf(1).replace('CA', 'MZ'),
    'CA',
    `${callSidOf(1)} `,
  ])('refuses the call %j', (callSid) => {
    expect(refusal(() => parseVoiceForm({ ...VOICE, CallSid: callSid }))).toContain('CallSid');
  });

  it('refuses a status that no call has', () => {
    expect(refusal(() => parseVoiceForm({ ...VOICE, CallStatus: 'ring' }))).toContain('CallStatus');
    expect(refusal(() => parseVoiceForm({ ...VOICE, CallStatus: 'constructor' }))).toContain('CallStatus');
  });

  it('throws BAD_REQUEST or nothing, whatever the form', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()),
      fc.constantFrom(...Object.values(VOICE)),
    );
    const form = fc.dictionary(fc.constantFrom(...Object.keys(VOICE), '__proto__', 'DialCallStatus'), value);
    fc.assert(
      fc.property(form, (any) => {
        try {
          parseVoiceForm({ ...VOICE, ...any });
        } catch (error) {
          return error instanceof GatewayError && error.code === 'BAD_REQUEST';
        }
        return true;
      }),
    );
  });
});

describe('parseStreamStatusForm', () => {
  const form = { CallSid: callSidOf(1), StreamSid: 'MZ1', StreamEvent: 'stream-error' };

  it('reads an event and its error', () => {
    const StreamError = 'Stream - Connection - Handshake 403: "Forbidden" (31920)';
    expect(parseStreamStatusForm({ ...form, StreamError })).toEqual({
      callSid: callSidOf(1),
      event: 'stream-error',
      error: StreamError,
    });
    expect(parseStreamStatusForm({ ...form, StreamEvent: 'stream-started' }).error).toBeNull();
  });

  it('refuses one without an event and an error that would break a line of the log', () => {
    expect(refusal(() => parseStreamStatusForm({ CallSid: callSidOf(1) }))).toContain('StreamEvent');
    expect(refusal(() => parseStreamStatusForm({ ...form, StreamError: 'a\nb' }))).toContain('StreamError');
  });
});

describe('parseCallStatusForm', () => {
  const FINAL = ['completed', 'failed', 'busy', 'no-answer', 'canceled'];

  it.each(FINAL)('knows %s as the end of a call', (CallStatus) => {
    expect(parseCallStatusForm({ CallSid: callSidOf(1), CallStatus })).toEqual({
      callSid: callSidOf(1),
      isFinal: true,
    });
    expect(isFinalStatus(CallStatus)).toBe(true);
  });

  it.each(['queued', 'initiated', 'ringing', 'in-progress', 'answered'])(
    'knows %s as not the end',
    (CallStatus) => {
      expect(parseCallStatusForm({ CallSid: callSidOf(1), CallStatus }).isFinal).toBe(false);
      expect(isFinalStatus(CallStatus)).toBe(false);
    },
  );

  it('refuses a form without a call or with an unknown status', () => {
    expect(refusal(() => parseCallStatusForm({ CallStatus: 'completed' }))).toContain('CallSid');
    expect(refusal(() => parseCallStatusForm({ CallSid: callSidOf(1), CallStatus: 'x' }))).toContain(
      'CallStatus',
    );
  });
});

describe('What is read of a webhook', () => {
  it('keeps nothing of the rest of its body', () => {
    const body = (n: number) =>
      `${new URLSearchParams({ ...VOICE, CallSid: callSidOf(n) })}&More=${'x'.repeat(20_000)}`;
    const before = memoryUsed();
    const kept = Array.from({ length: 1000 }, (_, n) => parseVoiceForm(parse(body(n))));
    // The bodies are 20 MB.
    expect((memoryUsed() - before) / 1024 / 1024).toBeLessThan(5);
    expect(kept).toHaveLength(1000);
  });
});

import { parse } from 'node:querystring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
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
      canBeShown: true,
      called: '+15125550100',
      mayNameAnother: false,
    });
  });

  it('reads how a dialled person answered', () => {
    const form = { ...VOICE, CallStatus: 'in-progress', DialCallStatus: 'no-answer' };
    expect(parseVoiceForm(form)).toMatchObject({ callStatus: 'in-progress', dialStatus: 'no-answer' });
  });

  it.each([
    ['+15551234567', '+15551234567'],
    ['5551234567', '5551234567'],
    ['whatsapp:+15551234567', '+15551234567'],
    ['WhatsApp:15551234567', '+15551234567'],
    ['sip:+15551234567@sip.example.com:5060;transport=tls', '+15551234567'],
    ['sips:+15551234567@example.com', '+15551234567'],
    ['SIP:+1-555-123-4567@example.com', '+15551234567'],
    ['sip:%2B15551234567@example.com', '+15551234567'],
    ['sip:+15551234567;phone-context=x@example.com', '+15551234567'],
    ['sip:+15551234567:secret@example.com', '+15551234567'],
    ['sip:15125550123@example.com', '+15125550123'],
    ['sip:5551234567@example.com;user=phone', '+15551234567'],
    ['"Bob" <sip:+15551234567@example.com>;tag=7', '+15551234567'],
    ['tel:+15551234567', '+15551234567'],
    ['tel:+1-555-123-4567;ext=7', '+15551234567'],
    ['+15551234567;ext=7', '+15551234567'],
    ['+1 (555) 123-4567', '+15551234567'],
    ['+1555 1234567', '+15551234567'],
    ['+15551234567\n', '+15551234567'],
  ])('reads the number of %s', (From, number) => {
    expect(parseVoiceForm({ ...VOICE, From, Caller: From }).from).toBe(number);
  });

  it.each([
    'client:alice',
    'client:+15551234567',
    'client:a.b-c_d%40example.com',
    'sip:100@pbx.example',
    'sip:1001001001@pbx.example',
    'sips:bob@example.com',
    'sip:+1@example.com',
    'whatsapp:bob',
    'tel:911',
    'user101',
    'front_desk',
    'j.doe-2',
    '12',
    '1234567890123456',
    '+1234567890123456',
    '+15551234567FromCityAUSTIN',
    '+15551234567 or +15551234568',
    '<script>',
    'client:\u00e4',
    '\u{1f4de}',
    'client:',
  ])('answers the caller %s, who has no number, and believes no attestation', (From) => {
    const read = parseVoiceForm({ ...VOICE, From, Caller: From });
    expect(read).toMatchObject({ from: From, attestation: null, canBeShown: false });
  });

  it.each([
    '',
    ' ',
    'anonymous',
    'Anonymous Caller',
    'Restricted',
    'Unavailable',
    'Withheld',
    'An\u00f3nimo',
    '\u202e',
  ])('takes the caller %j as anonymous', (From) => {
    expect(parseVoiceForm({ ...VOICE, From, Caller: From })).toMatchObject({
      from: 'anonymous',
      attestation: null,
    });
  });

  it('takes a form without a caller as one of an anonymous caller', () => {
    expect(parseVoiceForm({ ...VOICE, From: undefined }).from).toBe('anonymous');
    expect(parseVoiceForm({ ...VOICE, From: [] }).from).toBe('anonymous');
  });

  it('keeps 254 bytes of a caller, on one line and without what turns or hides text', () => {
    expect(parseVoiceForm({ ...VOICE, From: `sip:${'a'.repeat(5000)}` }).from).toHaveLength(254);
    expect(
      Buffer.byteLength(parseVoiceForm({ ...VOICE, From: `${'\u6c7d'.repeat(500)}1` }).from),
    ).toBeLessThan(260);
    expect(parseVoiceForm({ ...VOICE, From: 'a1\r\n{"level":"error"}\u202e\u0000b' }).from).toBe(
      'a1 {"level":"error"} b',
    );
  });

  it.each([
    ['tel:', 'tel:+15551234567'],
    ['WhatsApp', 'whatsapp:+15551234567'],
    ['SIP', 'sip:+15551234567@example.com'],
    ['an extension', '+15551234567;ext=7'],
    ['spaces', '+1 555 1234567'],
  ])('believes no attestation of a number by way of %s', (_way, From) => {
    expect(parseVoiceForm({ ...VOICE, From, Caller: From }).attestation).toBeNull();
  });

  it.each([
    [{ To: '+15125550199' }, '+15125550199'],
    [{ To: 'sip:+15125550199@shop.sip.twilio.com' }, '+15125550199'],
    [{ To: 'sip:15125550199@shop.sip.twilio.com' }, '+15125550199'],
    [{ To: 'whatsapp:+15125550199' }, '+15125550199'],
    [{ To: 'sip:shop@shop.sip.twilio.com', Called: '+15125550198' }, '+15125550198'],
    [{ To: '', Called: '+15125550198' }, '+15125550198'],
    [{ To: ['+15125550199', '+15125550199'] }, '+15125550199'],
    [{ To: 'client:shop', Called: 'client:shop' }, null],
    [{ To: 'sip:shop@shop.sip.twilio.com', Called: '' }, null],
    [{ To: '7', Called: undefined }, null],
    [{ To: undefined, Called: undefined }, null],
  ])('reads the number that was called: %j', (more: Form, called) => {
    expect(parseVoiceForm({ ...VOICE, ...more }).called).toBe(called);
  });

  it.each([
    ['+15551234567', true],
    ['5551234567', false],
    ['+464', false],
    ['anonymous', false],
    ['whatsapp:+15551234567', false],
    ['sip:+15551234567@example.com', false],
    ['client:alice', false],
  ])('knows whether Twilio can show the caller %s to a person', (From, canBeShown) => {
    expect(parseVoiceForm({ ...VOICE, From, Caller: From }).canBeShown).toBe(canBeShown);
  });

  it('wants CallSid', () => {
    const { CallSid: _taken, ...rest } = VOICE;
    for (const form of [rest, { ...rest, CallSid: '' }, { ...rest, CallSid: [] }]) {
      expect(refusal(() => parseVoiceForm(form))).toBe('The parameter CallSid is missing.');
    }
  });

  it.each(['CallSid', 'CallStatus', 'From', 'StirVerstat', 'To', 'Extra'])(
    'answers %s twice, without attestation',
    (name) => {
      const value = VOICE[name] ?? 'x';
      const { callSid, from, callStatus } = parseVoiceForm(VOICE);
      const form: Form = { ...VOICE, [name]: [value, value] };
      expect(parseVoiceForm(form)).toMatchObject({ callSid, from, callStatus, attestation: null });
    },
  );

  it.each([
    callSidOf(1).slice(1),
    `${callSidOf(1)}0`,
    callSidOf(1).replace('CA', 'MZ'),
    'CA',
    `${callSidOf(1)} `,
  ])('refuses the call %j', (callSid) => {
    expect(refusal(() => parseVoiceForm({ ...VOICE, CallSid: callSid }))).toContain('CallSid');
  });

  it.each([undefined, '', 'ring', 'constructor', 'In-Progress\n'])(
    'answers a call whose status is %j',
    (CallStatus) => {
      expect(isFinalStatus(parseVoiceForm({ ...VOICE, CallStatus }).callStatus)).toBe(false);
    },
  );

  it.each<Form>([
    { 'SipHeader_X-Caller': '+15125550123' },
    { SipHeader_Diversion: '<sip:+15125550100@pbx.example>;reason=no-answer' },
    { 'SipHeader_X-\u00c4rger "1"': 'a\nb' },
    { [`SipHeader_${'x'.repeat(300)}`]: 'y'.repeat(5000) },
    { customer_id: '12' },
    { to: '+15125550199' },
    { from: '+15125550199' },
    { pageUrl: 'https://shop.example/book?x=1&From=+15125550111' },
    { 'utm-source': 'map' },
    { '': 'nothing' },
    { '\u6c7d\u8f66': '1' },
    { callsid: callSidOf(7) },
    { note: `CallSid${callSidOf(7)}CallStatuscompleted` },
    { constructor: 'x', toString: 'y' },
    { 'a[b][c]': '1' },
  ])('answers a call with %j', (more: Form) => {
    expect(parseVoiceForm({ ...VOICE, ...more })).toMatchObject({
      callSid: callSidOf(1),
      from: '+15551234567',
      callStatus: 'ringing',
    });
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

  it('refuses one without an event', () => {
    expect(refusal(() => parseStreamStatusForm({ CallSid: callSidOf(1) }))).toContain('StreamEvent');
  });

  it.each([
    ['a\nb', 'a b'],
    ['x'.repeat(5000), 'x'.repeat(500)],
    ['\u0000\u2028', null],
    ['\u6c7d\u8f66', '\u6c7d\u8f66'],
    [['one', 'two'], 'one'],
    ['From+15551234567', 'From+15551234567'],
  ])('takes the error %j on one line', (StreamError: string | string[], error) => {
    expect(parseStreamStatusForm({ ...form, StreamError }).error).toBe(error);
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

  it('refuses a form without a call or a status', () => {
    expect(refusal(() => parseCallStatusForm({ CallStatus: 'completed' }))).toContain('CallSid');
    expect(refusal(() => parseCallStatusForm({ CallSid: callSidOf(1) }))).toContain('CallStatus');
  });

  it.each<Form>([{ CallStatus: 'x' }, { CallStatus: ['ringing', 'completed'] }])(
    'takes %j as not the end',
    (more: Form) => {
      expect(parseCallStatusForm({ CallSid: callSidOf(1), ...more }).isFinal).toBe(false);
    },
  );

  it.each<Form>([
    { 'SipHeader_X-Caller': '+15125550123' },
    { customer_id: '12' },
    { From: 'user101' },
    { From: ['+15551234567', '+15551234568'] },
    { note: `CallSid${callSidOf(7)}` },
  ])('knows the end of a call with %j', (more: Form) => {
    const form: Form = { CallSid: callSidOf(1), CallStatus: 'completed', ...more };
    expect(parseCallStatusForm(form)).toEqual({ callSid: callSidOf(1), isFinal: true });
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

import fc from 'fast-check';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.js';
import { type CallIdentity, callForm } from '../../src/simulator/call-form.js';
import type { Form } from '../../src/twilio/signature.js';
import { parseCallStatusForm, parseVoiceForm, type VoiceForm } from '../../src/twilio/webhooks.js';
import { cutsOf } from '../support/form-cuts.js';
import { callSidOf } from '../support/stream-messages.js';

const FORWARDED = { ForwardedFrom: '+15125550111' };
const DIALLED = { CallStatus: 'in-progress', DialCallSid: callSidOf(2), DialCallStatus: 'no-answer' };
const IDENTITY: CallIdentity = {
  accountSid: 'AC0123456789abcdef0123456789abcdef',
  callSid: callSidOf(1),
  from: '+15551234567',
  to: '+15125550100',
  stir: 'B',
};

function formOf(identity: Partial<CallIdentity> = {}, more: Readonly<Record<string, string>> = {}) {
  return { ...callForm({ ...IDENTITY, ...identity }), CallStatus: 'ringing', ...more };
}

const sign = (form: Form) => webhooks.getExpectedTwilioSignature('token', 'https://h/twilio/voice', form);

/** What the gateway takes each cut of a form for, refused ones left out. */
function readings(form: Readonly<Record<string, string>>): VoiceForm[] {
  return cutsOf(form).flatMap((cut) => {
    expect(sign(cut)).toBe(sign(form));
    try {
      return parseVoiceForm(cut);
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_REQUEST' });
      return [];
    }
  });
}

// A signature covers names and values joined without a separator: a form cut up elsewhere has the same one.
describe('a form that was cut up differently under its valid signature', () => {
  it.each([
    ['a number', formOf()],
    ['a forwarded number', formOf({}, FORWARDED)],
    ['a number without a plus', formOf({ from: '5551234567' }, { ForwardedFrom: '5125550111' })],
    ['a short number', formOf({ from: '+464' }, FORWARDED)],
    ['a caller who hides', formOf({ from: 'anonymous' }, FORWARDED)],
    ['a caller who hides in a word we do not know', formOf({ from: 'Withheld' }, FORWARDED)],
    ['a SIP address', formOf({ from: 'sip:bob@example.com' }, FORWARDED)],
    ['a SIP address with capitals', formOf({ from: 'sip:Bob.Zed@Example.com;transport=UDP' }, FORWARDED)],
    ['a client', formOf({ from: 'client:Alice' }, FORWARDED)],
    [
      'places in small letters',
      formOf(
        {},
        { CallerCity: 'Paris', CallerState: 'Ile', FromCity: 'Paris', FromState: 'Ile', ...FORWARDED },
      ),
    ],
    ['a call after a dial', formOf({}, { ...DIALLED, ...FORWARDED })],
    [
      'a child call',
      formOf({}, { ParentCallSid: callSidOf(3), CallerName: 'JOHN FROM AUSTIN', ...FORWARDED }),
    ],
    [
      'a call from a SIP domain',
      formOf({ from: 'sip:bob@example.com' }, { SipHeader_X: 'From', SipCallId: 'a@b' }),
    ],
  ])('names no other call, caller or status: %s', (_who, form) => {
    const [truth] = [parseVoiceForm(form)];
    const read = readings(form);
    expect(read).toContainEqual(truth);
    for (const { callSid, from, callStatus, dialStatus } of read) {
      expect({ callSid, from, callStatus }).toEqual({
        callSid: truth.callSid,
        from: truth.from,
        callStatus: truth.callStatus,
      });
      expect([truth.dialStatus, null]).toContain(dialStatus);
    }
  });

  it('names no better attestation: it can be taken away, never given', () => {
    for (const stir of ['A', 'B', 'C', null]) {
      const attestations = new Set(
        readings(formOf({ stir }, FORWARDED)).map(({ attestation }) => attestation),
      );
      const passedA = 'TN-Validation-Passed-A';
      expect(attestations.has(passedA)).toBe(stir === 'A');
    }
  });

  it('names no other, whoever calls and whatever else stands there', { timeout: 60_000 }, () => {
    const digits = (min: number, max: number) =>
      fc.stringMatching(new RegExp(`^[1-9][0-9]{${min - 1},${max - 1}}$`));
    const number = fc.tuple(fc.constantFrom('+', ''), digits(3, 15)).map(([plus, rest]) => `${plus}${rest}`);
    const from = fc.oneof(
      number,
      fc.constantFrom('anonymous', 'Restricted', 'sip:bob@example.com', 'client:al'),
    );
    const more = fc.record(
      {
        ForwardedFrom: number,
        CallerName: fc.stringMatching(/^[A-Z][A-Z ]{2,12}$/),
        ParentCallSid: fc.constant(callSidOf(7)),
        SipHeader_X: fc.constantFrom('From', 'CallSid', 'Zebra'),
        Digits: digits(1, 4),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(from, more, (caller, rest) => {
        const form = formOf({ from: caller }, rest);
        const truth = parseVoiceForm(form);
        for (const { callSid, from: named, callStatus } of readings(form)) {
          expect([callSid, named, callStatus]).toEqual([truth.callSid, truth.from, truth.callStatus]);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('takes what Twilio may add one day', () => {
    const more = {
      ReferCallSid: callSidOf(4),
      OriginalFrom: '+15125550111',
      BridgeCallStatus: 'completed',
      NewFeature2: 'From here to there',
      'SipHeader_X-Trace.Id': 'a',
    };
    expect(parseVoiceForm(formOf({}, more))).toEqual(parseVoiceForm(formOf()));
  });

  it('is refused with a clear sentence', () => {
    const refusal = (form: Form) => {
      try {
        return parseVoiceForm(form);
      } catch (error) {
        return error instanceof GatewayError ? error.message : error;
      }
    };
    const base = formOf();
    expect(refusal({ ...base, From: ['+15551234567', '+15551234567'] })).toBe(
      'The parameter From stands there more than once.',
    );
    expect(refusal({ ...base, '/nextAccountSid': 'AC1' })).toBe(
      'A parameter has a name that Twilio does not use.',
    );
    expect(refusal({ ...base, Direction: 'inboundFrom+15551234567', From: '+15125550111' })).toBe(
      'The parameter Direction holds another parameter.',
    );
    expect(refusal({ ...base, Direction: 'inboundForwarded', From: '+15125550111' })).toBe(
      'The parameter From holds half of another parameter.',
    );
  });

  it('does not pass as a callback of another call either', () => {
    const form = { CallSid: callSidOf(1), CallStatus: 'in-progress', ParentCallSid: callSidOf(3) };
    expect(parseCallStatusForm(form)).toEqual({ callSid: callSidOf(1), isFinal: false });
    const cut = { AccountSid: `ACxCallSid${callSidOf(1)}`, CallSid: callSidOf(3), CallStatus: 'completed' };
    expect(() => parseCallStatusForm(cut)).toThrow('The parameter AccountSid holds another parameter.');
  });
});

import fc from 'fast-check';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { type CallIdentity, callForm } from '../../packages/twilio-simulator/src/call-form.js';
import { isPlainNumber } from '../../src/twilio/caller-address.js';
import type { Form } from '../../src/twilio/signature.js';
import { parseCallStatusForm, parseVoiceForm, type VoiceForm } from '../../src/twilio/webhooks.js';
import { runs } from '../support/property-runs.js';
import { cutsOf } from '../support/spliced-forms.js';
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

/** The names and values that a form's text falls into when it is cut at these places. */
function cutAt(form: Readonly<Record<string, string>>, places: readonly number[]): Record<string, string> {
  const text = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name]}`)
    .join('');
  const ends = [...new Set([0, ...places, text.length])]
    .filter((at) => at <= text.length)
    .sort((a, b) => a - b);
  const pieces = ends.slice(1).map((end, n) => text.slice(ends[n], end));
  return Object.fromEntries(pieces.flatMap((name, n) => (n % 2 === 0 ? [[name, pieces[n + 1] ?? '']] : [])));
}

/** What the gateway takes each cut of a form for that it believes to be attested. */
function attested(form: Readonly<Record<string, string>>): VoiceForm[] {
  return cutsOf(form).flatMap((cut) => {
    expect(sign(cut)).toBe(sign(form));
    return attestedReading(cut) ?? [];
  });
}

function attestedReading(form: Form): VoiceForm | null {
  try {
    const read = parseVoiceForm(form);
    return read.attestation === null ? null : read;
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_REQUEST' });
    return null;
  }
}

const CASES: readonly (readonly [string, Record<string, string>])[] = [
  ['a number', formOf()],
  ['a forwarded number', formOf({}, FORWARDED)],
  ['a number without a plus', formOf({ from: '5551234567' }, { ForwardedFrom: '5125550111' })],
  ['a short number', formOf({ from: '+464' }, FORWARDED)],
  [
    'places in small letters',
    formOf(
      {},
      { CallerCity: 'Paris', CallerState: 'Ile', FromCity: 'Paris', FromState: 'Ile', ...FORWARDED },
    ),
  ],
  ['a call after a dial', formOf({}, { ...DIALLED, ...FORWARDED })],
  ['a child call', formOf({}, { ParentCallSid: callSidOf(3), CallerName: 'JOHN FROM AUSTIN', ...FORWARDED })],
  ['a call with a SIP header', formOf({}, { SipHeader_X: 'From', SipCallId: 'a@b' })],
  ['a caller who hides', formOf({ from: 'anonymous' }, FORWARDED)],
  ['a caller who hides in two words', formOf({ from: 'Anonymous Caller' }, FORWARDED)],
  ['a SIP address', formOf({ from: 'sip:Bob.Zed@Example.com;transport=UDP' }, FORWARDED)],
  ['a number in a SIP address', formOf({ from: 'sip:+15551234567@Example.com' }, FORWARDED)],
  ['a number in WhatsApp', formOf({ from: 'whatsapp:+15551234567' }, FORWARDED)],
  ['a client', formOf({ from: 'client:Alice' }, FORWARDED)],
  ['a name', formOf({ from: 'user101' }, FORWARDED)],
  ['a number that goes on', formOf({ from: '+15551234567G' }, FORWARDED)],
  ['a number with an extension', formOf({ from: '+15551234567;Gext=7' }, FORWARDED)],
  ['sixteen digits', formOf({ from: '1555123456789012' }, FORWARDED)],
  ['a parameter of a page', formOf({}, { Note: 'From+15125550111', zip: 'CallerX' })],
];

// A signature covers names and values joined without a separator: a form cut up elsewhere has the same one.
describe('a form that was cut up differently under its valid signature', () => {
  it.each(CASES)('is attested for no other call, caller or status: %s', { timeout: 60_000 }, (_who, form) => {
    const { callSid, from, callStatus, dialStatus, attestation } = parseVoiceForm(form);
    const read = attested(form);
    if (attestation) expect(read).toContainEqual(expect.objectContaining({ callSid, from, attestation }));
    if (!isPlainNumber(form.From ?? '')) expect(read).toEqual([]);
    for (const cut of read) {
      expect([cut.callSid, cut.from, cut.callStatus]).toEqual([callSid, from, callStatus]);
      expect([dialStatus, null]).toContain(cut.dialStatus);
      expect(form.StirVerstat?.startsWith(cut.attestation ?? '?')).toBe(true);
    }
  });

  it('is never attested for another at whatever places it is cut, and is refused only when no call is left in it', () => {
    const cuts = fc.array(fc.nat(400), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...CASES), fc.constantFrom('A', 'B'), cuts, ([, form], stir, places) => {
        const whole = { ...form, StirVerstat: `TN-Validation-Passed-${stir}` };
        const read = attestedReading(cutAt(whole, places));
        if (!read) return;
        const { callSid, from } = parseVoiceForm(whole);
        expect([read.callSid, read.from]).toEqual([callSid, from]);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('names no better attestation: it can be taken away, never given', () => {
    for (const stir of ['A', 'B', 'C', null]) {
      const verdicts = new Set(attested(formOf({ stir }, FORWARDED)).map(({ attestation }) => attestation));
      expect(verdicts.has('TN-Validation-Passed-A')).toBe(stir === 'A');
    }
  });

  it('is attested for no other, whoever calls and whatever else stands there', { timeout: 60_000 }, () => {
    const digits = (min: number, max: number) =>
      fc.stringMatching(new RegExp(`^[1-9][0-9]{${min - 1},${max - 1}}$`));
    const number = fc.tuple(fc.constantFrom('+', ''), digits(3, 15)).map(([plus, rest]) => `${plus}${rest}`);
    const from = fc.oneof(
      number,
      fc.constantFrom('anonymous', 'user101', 'sip:bob@example.com', 'client:al'),
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
        for (const { callSid, from: named, callStatus } of attested(form)) {
          expect([callSid, named, callStatus]).toEqual([truth.callSid, truth.from, truth.callStatus]);
        }
      }),
      { numRuns: runs(6) },
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

  it.each([
    ['a repeated caller', { From: ['+15551234567', '+15551234567'] }],
    ['a repeated parameter of somebody else', { Extra: ['1', '2'] }],
    ['a name that Twilio does not use', { '/nextAccountSid': 'AC1' }],
    ['a name in small letters', { utm_source: 'map' }],
    ['a caller in the text of another', { Direction: 'inboundFrom+15551234567', From: '+15125550111' }],
    ['half of a name before the caller', { Direction: 'inboundForwarded', From: '+15125550111' }],
    ['a number in a SIP header that is named so', { 'SipHeader_X-Caller': '+15125550111' }],
    ['a second name of the caller', { Caller: '+15125550111' }],
    ['a status that no call has', { CallStatus: 'ringingCalled' }],
    ['a result that no dialled call has', { DialCallStatus: 'no-answerDirection' }],
    ['a verdict in the text of another', { Note: 'StirVerstatTN-Validation-Passed-A' }],
  ])('is answered without attestation for %s', (_what, more: Form) => {
    const form: Form = { ...formOf(), ...more };
    expect(parseVoiceForm(formOf()).attestation).toBe('TN-Validation-Passed-B');
    expect(parseVoiceForm(form)).toMatchObject({ callSid: callSidOf(1), attestation: null });
  });

  it.each([
    ['a header that names one', { 'SipHeader_X-CallSid': callSidOf(3) }, true],
    ['the text of another parameter', { AccountSid: `ACxCallSid${callSidOf(3)}` }, true],
    [
      'a name that is cut in two',
      { To: `+15125550100Call`, tSid: '', XSid: '', Zed: `CallSid${callSidOf(3)}` },
      true,
    ],
    ['a repeated one', { CallSid: [callSidOf(1), callSidOf(3)] }, true],
    ['a parent call', { ParentCallSid: callSidOf(3) }, false],
    ['a dialled call', { DialCallSid: callSidOf(3), DialCallStatus: 'completed' }, false],
    ['a page that names anything else', { note: 'CallSid', 'SipHeader_X-Caller': '+15125550111' }, false],
  ])('may name another call by %s: %j %j', (_what, more: Form, mayNameAnother) => {
    expect(parseVoiceForm({ ...formOf(), ...more })).toMatchObject({ callSid: callSidOf(1), mayNameAnother });
  });

  it('ends the call that it names as a callback', () => {
    const form = { CallSid: callSidOf(1), CallStatus: 'in-progress', ParentCallSid: callSidOf(3) };
    expect(parseCallStatusForm(form)).toEqual({ callSid: callSidOf(1), isFinal: false });
    const odd = { AccountSid: `ACxCallSid${callSidOf(1)}`, CallSid: callSidOf(3), CallStatus: 'completed' };
    expect(parseCallStatusForm(odd)).toEqual({ callSid: callSidOf(3), isFinal: true });
  });
});

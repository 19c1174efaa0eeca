import fc from 'fast-check';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.js';
import type { Form } from '../../src/twilio/signature.js';
import { parseVoiceForm } from '../../src/twilio/webhooks.js';
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

function outcome(form: Form): unknown {
  try {
    return parseVoiceForm(form);
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

// A signature covers names and values joined without a separator: a form cut up elsewhere has the same one.
describe('a form that was cut up differently under its valid signature', () => {
  const names = Object.keys(VOICE).sort();
  const joined = names.map((name) => `${name}${VOICE[name]}`).join('');
  const sign = (form: Form) => webhooks.getExpectedTwilioSignature('token', 'https://h/twilio/voice', form);
  const cuts = names.flatMap((name, index) => {
    const start = names
      .slice(0, index)
      .map((before) => `${before}${VOICE[before]}`)
      .join('').length;
    return [start, start + name.length];
  });

  function formOf(positions: readonly number[]): Form {
    const form: Record<string, string | string[]> = {};
    for (let i = 0; i < positions.length; i += 2) {
      const name = joined.slice(positions[i], positions[i + 1]);
      const value = joined.slice(positions[i + 1], positions[i + 2] ?? joined.length);
      const same = form[name];
      form[name] = same === undefined ? value : [same, value].flat();
    }
    return form;
  }

  function isHarmless(form: Form): boolean {
    const parsed = outcome(form);
    if (parsed === 'BAD_REQUEST') return true;
    const { CallSid: callSid, From: from, CallStatus: callStatus } = VOICE;
    return JSON.stringify(parsed).startsWith(JSON.stringify({ callSid, from, callStatus }).slice(0, -1));
  }

  it('is refused at every cut between CallSid and From', () => {
    const text = `CallSid${callSidOf(1)}From+15551234567`;
    const outcomes = new Set<unknown>();
    for (let end = 7; end <= text.length; end += 1) {
      const callSid = text.slice(7, end);
      for (let cut = end; cut <= text.length; cut += 1) {
        const name = text.slice(end, cut);
        if (callSid === callSidOf(1) && name === 'From') continue;
        outcomes.add(outcome({ CallStatus: 'ringing', CallSid: callSid, [name]: text.slice(cut) }));
      }
    }
    expect([...outcomes]).toEqual(['BAD_REQUEST']);
  });

  it('never names another call, caller or status', () => {
    expect(sign(formOf(cuts))).toBe(sign(VOICE));
    let sameSignature = 0;
    const move = fc.tuple(fc.constantFrom('shift', 'merge', 'split'), fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 4 }), (moves) => {
        let positions = [...cuts];
        for (const [kind, which, to, further] of moves) {
          const index = 1 + (which % (positions.length - 1));
          const fresh = [to % joined.length, further % joined.length];
          if (kind === 'shift') positions[index] = to % joined.length;
          if (kind === 'merge') positions.splice(index, 2);
          if (kind === 'split') positions.push(...fresh);
          positions = [...new Set(positions)].sort((a, b) => a - b);
          if (positions.length % 2 === 1) positions.pop();
          if (positions.length < 2) return true;
        }
        const form = formOf(positions);
        if (sign(form) !== sign(VOICE)) return true;
        sameSignature += 1;
        return isHarmless(form);
      }),
      { numRuns: 5000 },
    );
    expect(sameSignature).toBeGreaterThan(100);
  });
});

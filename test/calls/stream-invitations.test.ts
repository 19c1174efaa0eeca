import { describe, expect, it } from 'vitest';
import { StreamInvitations } from '../../src/calls/stream-invitations.js';
import { StreamTokens } from '../../src/twilio/stream-token.js';
import { tokenOf } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

function setUp(origin = 'https://voice.example.com') {
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const tokens = new StreamTokens('secret', now);
  const invitations = new StreamInvitations({ tokens, origin: () => origin, startTimeoutMs: 5000, now });
  const invite = (call: number, hop = 0) =>
    invitations.invite({ callSid: callSidOf(call), from: '+15551234567', attestation: null, hop });
  return { clock, invitations, invite, tokens };
}

describe('an invitation', () => {
  it('names absolute addresses at the public origin, and nothing of the caller', () => {
    const { invite } = setUp();
    const twiml = invite(1);
    expect(twiml.replace(tokenOf(twiml), 'TOKEN')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://voice.example.com/twilio/voice/next" method="POST">' +
        '<Stream url="wss://voice.example.com/twilio/media/TOKEN"' +
        ' statusCallback="https://voice.example.com/twilio/stream-status" statusCallbackMethod="POST">' +
        '<Parameter name="hop" value="0"/></Stream></Connect>' +
        '<Redirect method="POST">https://voice.example.com/twilio/voice/next</Redirect></Response>',
    );
    expect(twiml).not.toContain('5551234567');
    expect(setUp('http://localhost:3000').invite(1)).toContain('"ws://localhost:3000/twilio/media/');
  });

  it('is ours while it is the latest of its call, and made here', () => {
    const { invitations, invite } = setUp();
    const [first, again] = [tokenOf(invite(1)), tokenOf(invite(1, 1))];
    expect([first, again].map((token) => invitations.isOurs(token))).toEqual([false, true]);
    const elsewhere = tokenOf(setUp().invite(2));
    expect(invitations.isOurs(elsewhere)).toBe(false);
    expect(invitations.isOurs('forged')).toBe(false);
  });

  it('opens one stream, for a minute', () => {
    const { clock, invitations, invite } = setUp();
    const token = tokenOf(invite(1));
    expect(invitations.redeem(token)).toMatchObject({ callSid: callSidOf(1), hop: 0 });
    expect(invitations.redeem(token)).toBeNull();
    const late = tokenOf(invite(2));
    clock.now += 60_001;
    expect(invitations.redeem(late)).toBeNull();
    expect(invitations.redeem('forged')).toBeNull();
  });

  it('is remembered as the last of its call, and as expired after its minute', () => {
    const { clock, invitations, invite } = setUp();
    expect(invitations.latest(callSidOf(1))).toBeNull();
    invite(1);
    const twiml = invite(1, 1);
    expect(invitations.latest(callSidOf(1))).toMatchObject({ twiml, hop: 1, used: false, expired: false });
    clock.now += 60_001;
    expect(invitations.latest(callSidOf(1))).toMatchObject({ expired: true });
  });

  it('is repeated once, and only while its stream can still be opened', () => {
    const { clock, invitations, invite } = setUp();
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    invite(1);
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    const second = invite(1, 1);
    expect(invitations.repeat(callSidOf(1))).toBe(second);
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    invitations.redeem(tokenOf(invite(1, 2)));
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    invite(1, 3);
    clock.now += 60_001;
    expect(invitations.repeat(callSidOf(1))).toBeNull();
  });

  it('marks as used only the one whose token came, not a newer one of the call', () => {
    const { invitations, invite } = setUp();
    const first = tokenOf(invite(1));
    invite(1, 1);
    expect(invitations.redeem(first)).toMatchObject({ hop: 0 });
    expect(invitations.latest(callSidOf(1))).toMatchObject({ hop: 1, used: false });
  });

  it('counts as on its way until its stream opens or the start timeout has passed', () => {
    const { clock, invitations, invite } = setUp();
    const tokens = [1, 2, 3].map((call) => tokenOf(invite(call)));
    expect(invitations.pendingCount).toBe(3);
    invitations.redeem(tokens[1] ?? '');
    expect(invitations.pendingCount).toBe(2);
    clock.now += 4000;
    invite(4);
    invite(1);
    expect(invitations.pendingCount).toBe(3);
    clock.now += 1001;
    expect(invitations.pendingCount).toBe(2);
    clock.now += 4000;
    expect(invitations.pendingCount).toBe(0);
  });

  it('of 10,000 calls are remembered, the oldest forgotten first', () => {
    const { invitations, invite } = setUp();
    for (let call = 0; call <= 10_000; call += 1) invite(call);
    expect(invitations.latest(callSidOf(0))).toBeNull();
    expect(invitations.latest(callSidOf(1))).not.toBeNull();
  });
});

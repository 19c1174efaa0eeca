import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { StreamInvitations } from '../../src/line/stream-invitations.js';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import type { StreamLedger } from '../../src/stream-ledger/stream-ledger.js';
import { StreamTokens } from '../../src/twilio/stream-token.js';
import { tokenOf } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

interface Setting {
  readonly origin?: string;
  readonly ledger?: StreamLedger;
  readonly secret?: string;
  /** Milliseconds by which this gateway's clock is wrong. */
  readonly wrongBy?: number;
}

function setUp({
  origin = 'https://voice.example.com',
  secret = 'secret',
  wrongBy = 0,
  ledger,
}: Setting = {}) {
  const clock = { now: 1_000_000 };
  const now = () => clock.now + wrongBy;
  const metrics = new Metrics();
  const tokens = new StreamTokens(secret, now);
  const invitations = new StreamInvitations({
    tokens,
    ledger: ledger ?? new MemoryStreamLedger(() => clock.now),
    metrics,
    origin: () => origin,
    startTimeoutMs: 5000,
    now,
  });
  const offered = async (call: number, hop = 0) => {
    const invited = { callSid: callSidOf(call), from: '+15551234567', attestation: null, hop };
    return invitations.invite(invited, await invitations.propose(invited));
  };
  const invite = async (call: number, hop = 0) => (await offered(call, hop)) ?? 'too late';
  const unanswered = async (step: string) =>
    (await metrics.ledgerUnanswered.get()).values.find(({ labels }) => labels.step === step)?.value ?? 0;
  return { clock, invitations, invite, offered, tokens, unanswered };
}

describe('an invitation', () => {
  it('names absolute addresses at the public origin, and nothing of the caller', async () => {
    const { invite } = setUp();
    const twiml = await invite(1);
    expect(twiml.replace(tokenOf(twiml), 'TOKEN')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://voice.example.com/twilio/voice/next" method="POST">' +
        '<Stream url="wss://voice.example.com/twilio/media/TOKEN"' +
        ' statusCallback="https://voice.example.com/twilio/stream-status" statusCallbackMethod="POST">' +
        '<Parameter name="hop" value="0"/></Stream></Connect>' +
        '<Redirect method="POST">https://voice.example.com/twilio/voice/next</Redirect></Response>',
    );
    expect(twiml).not.toContain('5551234567');
    expect(await setUp({ origin: 'http://localhost:3000' }).invite(1)).toContain(
      '"ws://localhost:3000/twilio/media/',
    );
  });

  it('is ours while it is the latest of its call, and made here', async () => {
    const { invitations, invite } = setUp();
    const [first, again] = [tokenOf(await invite(1)), tokenOf(await invite(1, 1))];
    expect([first, again].map((token) => invitations.isOurs(token))).toEqual([false, true]);
    const elsewhere = tokenOf(await setUp().invite(2));
    expect(invitations.isOurs(elsewhere)).toBe(false);
    expect(invitations.isOurs('forged')).toBe(false);
  });

  it('opens one stream, for a minute', async () => {
    const { clock, invitations, invite } = setUp();
    const token = tokenOf(await invite(1));
    expect(invitations.redeem(token)).toMatchObject({ callSid: callSidOf(1), hop: 0 });
    expect(invitations.redeem(token)).toBe('used');
    const late = tokenOf(await invite(2));
    clock.now += 65_001;
    expect(invitations.redeem(late)).toBe('expired');
    expect(invitations.redeem('forged')).toBe('forged');
  });

  it('is remembered as the last of its call, and as expired after its minute', async () => {
    const { clock, invitations, invite } = setUp();
    expect(invitations.latest(callSidOf(1))).toBeNull();
    await invite(1);
    const twiml = await invite(1, 1);
    expect(invitations.latest(callSidOf(1))).toMatchObject({ twiml, hop: 1, opened: false, expired: false });
    clock.now += 60_001;
    expect(invitations.latest(callSidOf(1))).toMatchObject({ expired: true });
  });

  it('is repeated once, and only while its stream can still be opened', async () => {
    const { clock, invitations, invite } = setUp();
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    await invite(1);
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    const second = await invite(1, 1);
    expect(invitations.repeat(callSidOf(1))).toBe(second);
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    invitations.redeem(tokenOf(await invite(1, 2)));
    expect(invitations.repeat(callSidOf(1))).toBeNull();
    await invite(1, 3);
    clock.now += 60_001;
    expect(invitations.repeat(callSidOf(1))).toBeNull();
  });

  it('marks as used only the one whose token came, not a newer one of the call', async () => {
    const { invitations, invite } = setUp();
    const first = tokenOf(await invite(1));
    await invite(1, 1);
    expect(invitations.redeem(first)).toMatchObject({ hop: 0 });
    expect(invitations.latest(callSidOf(1))).toMatchObject({ hop: 1, opened: false });
  });

  it('stays the latest of its call when an earlier one is withdrawn', async () => {
    const { invitations, invite } = setUp();
    const call = { callSid: callSidOf(1), from: '+15551234567', attestation: null, hop: 0 };
    const offer = await invitations.propose(call);
    const later = tokenOf(await invite(1, 1));
    expect(tokenOf(invitations.withdraw(call, offer))).toBe(offer.token);
    expect(invitations.isOurs(later)).toBe(true);
    expect(invitations.pendingCount).toBe(1);
  });

  it('counts as on its way until its stream starts or the start timeout has passed', async () => {
    const { clock, invitations, invite } = setUp();
    const tokens: string[] = [];
    for (const call of [1, 2, 3]) tokens.push(tokenOf(await invite(call)));
    expect(invitations.pendingCount).toBe(3);
    clock.now += 4000;
    invitations.redeem(tokens[1] ?? '');
    invitations.redeem(tokens[2] ?? '');
    expect(invitations.pendingCount).toBe(3);
    invitations.started({ callSid: callSidOf(3), hop: 0 });
    expect(invitations.pendingCount).toBe(2);
    await invite(4);
    clock.now += 1001;
    expect(invitations.pendingCount).toBe(2);
    clock.now += 4000;
    expect(invitations.pendingCount).toBe(0);
  });

  it('from before the clock was set back is not waited for', async () => {
    const { clock, invitations, invite } = setUp();
    await invite(1);
    clock.now -= 300_000;
    expect(invitations.pendingCount).toBe(0);
    await invite(2);
    expect(invitations.pendingCount).toBe(1);
  });

  it('of 8,000 calls are remembered, the oldest forgotten first', async () => {
    const { invitations, invite } = setUp();
    for (let call = 0; call <= 8000; call += 1) await invite(call);
    expect(invitations.latest(callSidOf(0))).toBeNull();
    expect(invitations.latest(callSidOf(1))).not.toBeNull();
  });
});

describe('gateways of one shop', () => {
  function shop(wrongBy = 0) {
    const ledger = new MemoryStreamLedger(() => 0);
    return {
      one: setUp({ ledger }),
      other: setUp({ ledger, wrongBy }),
      stranger: setUp({ ledger, secret: 'x' }),
    };
  }

  it('give the same call the same answer, to the letter', async () => {
    const { one, other } = shop();
    const first = await one.invite(1);
    expect(await other.invite(1)).toBe(first);
    expect(await other.invite(1, 1)).not.toBe(first);
    expect(await one.invite(1, 1)).toBe(await other.invite(1, 1));
  });

  it('open a stream once among them', async () => {
    const { one, other } = shop();
    await one.invite(1);
    const stream = { callSid: callSidOf(1), hop: 0 };
    expect(other.invitations.claim(stream)).toBe(true);
    expect(one.invitations.claim(stream)).toBe(false);
    expect(one.invitations.claim({ ...stream, hop: 1 })).toBe(true);
  });

  it('each know of a stream that they have opened, whoever invited it', async () => {
    const { one, other } = shop();
    const twiml = await one.invite(1);
    expect(other.invitations.redeem(tokenOf(twiml))).toMatchObject({ hop: 0 });
    expect(other.invitations.latest(callSidOf(1))).toMatchObject({
      twiml,
      hop: 0,
      expired: false,
      opened: true,
    });
    expect(other.invitations.pendingCount).toBe(1);
    other.invitations.started({ callSid: callSidOf(1), hop: 0 });
    expect(other.invitations.pendingCount).toBe(0);
  });

  it('do not offer again what another offered too long ago', async () => {
    const { one, other } = shop();
    await one.invite(1, 1);
    other.clock.now += 60_001;
    expect(await other.offered(1, 1)).toBeNull();
    expect(other.invitations.latest(callSidOf(1))).toMatchObject({ hop: 1, expired: true });
    expect(tokenOf(await other.invite(1, 2))).not.toBe('');
  });

  it('repeat once what another offered, as their own', async () => {
    const { one, other } = shop();
    await one.invite(1, 1);
    expect(await other.invite(1, 1)).toContain('<Stream');
    expect(other.invitations.repeat(callSidOf(1))).toBeNull();
  });

  it('go by their own token where the ledger holds none of theirs', async () => {
    const { one, stranger } = shop();
    const [ours, theirs] = [await one.invite(1), await stranger.invite(1)];
    expect(stranger.invitations.redeem(tokenOf(theirs))).toMatchObject({ callSid: callSidOf(1) });
    expect(one.invitations.redeem(tokenOf(ours))).toMatchObject({ callSid: callSidOf(1) });
  });

  it.each([5000, -5000])('accept each other tokens when a clock is %i ms off', async (wrongBy) => {
    const { one, other } = shop(wrongBy);
    const token = tokenOf(await one.invite(1));
    expect(other.invitations.redeem(token)).toMatchObject({ callSid: callSidOf(1) });
    one.clock.now += 60_000;
    other.clock.now += 60_000;
    expect(one.invitations.redeem(tokenOf(await other.invite(2)))).toMatchObject({ callSid: callSidOf(2) });
  });

  it.each([
    [300_000, 'expired'],
    [-300_000, 'early'],
  ])('tell why a token is refused when a clock jumps by %i ms', async (jump, reason) => {
    const { clock, invitations, invite } = setUp();
    const token = tokenOf(await invite(1));
    clock.now += jump;
    expect(invitations.redeem(token)).toBe(reason);
    expect(invitations.redeem(tokenOf(await invite(2)))).toMatchObject({ callSid: callSidOf(2) });
  });
});

describe('a ledger that does not answer', () => {
  const silent: StreamLedger = { propose: () => new Promise(() => {}), claim: () => new Promise(() => {}) };
  const lost: StreamLedger = { propose: async () => null, claim: async () => null };

  it.each([
    ['silent', silent],
    ['lost', lost],
  ])('(%s) keeps no call waiting, and is counted', async (_name, ledger) => {
    const { invitations, invite, unanswered } = setUp({ ledger });
    const token = tokenOf(await invite(1));
    expect(invitations.redeem(token)).toMatchObject({ callSid: callSidOf(1) });
    expect(invitations.redeem(token)).toBe('used');
    expect(await invitations.claim({ callSid: callSidOf(1), hop: 0 })).toBe(true);
    expect([await unanswered('invite'), await unanswered('open')]).toEqual([1, 1]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StreamClaims, StreamTokens } from '../../src/twilio/stream-token.js';
import { runs } from '../support/property-runs.js';
import { callSidOf } from '../support/stream-messages.js';

const SECRET = '12345abcdef67890';
const CLAIMS: StreamClaims = {
  callSid: callSidOf(1),
  from: '+15551234567',
  attestation: 'TN-Validation-Passed-A',
  hop: 0,
  expiresAt: 61_000,
};

function clock(start = 1_000) {
  const state = { now: start };
  return { state, tokens: new StreamTokens(SECRET, () => state.now) };
}

describe('a stream token', () => {
  it('gives back what it was issued for, once', () => {
    const { tokens } = clock();
    const token = tokens.issue(CLAIMS);
    expect(tokens.redeem(token)).toEqual(CLAIMS);
    expect(tokens.redeem(token)).toBe('used');
  });

  it('is another one each time, each good by itself', () => {
    const { tokens } = clock();
    const [first, second] = [tokens.issue(CLAIMS), tokens.issue(CLAIMS)];
    expect(first).not.toBe(second);
    expect(tokens.redeem(second)).toEqual(CLAIMS);
    expect(tokens.redeem(first)).toEqual(CLAIMS);
  });

  it('is good until 5 s after it expires, because clocks differ, and not after', () => {
    const { state, tokens } = clock();
    const [inTime, late] = [tokens.issue(CLAIMS), tokens.issue(CLAIMS)];
    state.now = CLAIMS.expiresAt + 5000;
    expect(tokens.redeem(inTime)).toEqual(CLAIMS);
    expect(tokens.redeem(inTime)).toBe('used');
    state.now += 1;
    expect(tokens.redeem(late)).toBe('expired');
  });

  it('is good from 5 s before it can have been issued, and not before', () => {
    const { state, tokens } = clock();
    const [early, inTime] = [tokens.issue(CLAIMS), tokens.issue(CLAIMS)];
    state.now = CLAIMS.expiresAt - 65_001;
    expect(tokens.redeem(early)).toBe('early');
    state.now += 1;
    expect(tokens.redeem(inTime)).toEqual(CLAIMS);
  });

  it('can be read without being used up', () => {
    const { tokens } = clock();
    const token = tokens.issue(CLAIMS);
    expect([tokens.read(token), tokens.unseal(token), tokens.redeem(token)]).toEqual([
      CLAIMS,
      CLAIMS,
      CLAIMS,
    ]);
    expect([tokens.read('forged'), tokens.unseal('forged')]).toEqual(['forged', null]);
  });

  it('stays used however many others are redeemed meanwhile', () => {
    const { tokens } = clock();
    const first = tokens.issue(CLAIMS);
    expect(tokens.redeem(first)).toEqual(CLAIMS);
    const others = Array.from({ length: 10_001 }, () => tokens.redeem(tokens.issue(CLAIMS)));
    expect(others).toEqual(others.map(() => CLAIMS));
    expect(tokens.redeem(first)).toBe('used');
  });

  it('stays refused after its expiry, when its use is forgotten', () => {
    const { state, tokens } = clock();
    const token = tokens.issue(CLAIMS);
    tokens.redeem(token);
    state.now = CLAIMS.expiresAt + 5001;
    expect(tokens.redeem(tokens.issue({ ...CLAIMS, expiresAt: state.now + 1 }))).toMatchObject({ hop: 0 });
    expect(tokens.redeem(token)).toBe('expired');
  });

  it('is known to every gateway with the same secret and to no other', () => {
    const now = () => 1_000;
    const token = new StreamTokens(SECRET, now).issue(CLAIMS);
    expect(new StreamTokens(SECRET, now).redeem(token)).toEqual(CLAIMS);
    expect(new StreamTokens(`${SECRET}x`, now).redeem(token)).toBe('forged');
    expect(new StreamTokens(undefined, now).redeem(token)).toBe('forged');
  });

  it('is this process own without a secret', () => {
    const [one, two] = [new StreamTokens(undefined), new StreamTokens(undefined)];
    const claims = { ...CLAIMS, expiresAt: Date.now() + 60_000 };
    const token = one.issue(claims);
    expect(two.redeem(token)).toBe('forged');
    expect(one.redeem(token)).toEqual(claims);
  });

  it('fits into a path as it is, in about 180 characters for a phone number', () => {
    const token = clock().tokens.issue({ ...CLAIMS, expiresAt: 1_790_000_000_000 });
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(token.length).toBeGreaterThan(150);
    expect(token.length).toBeLessThan(200);
  });

  it('shows neither the caller nor the call', () => {
    const token = clock().tokens.issue(CLAIMS);
    const seen = [token, Buffer.from(token, 'base64url').toString('latin1')].join(' ');
    for (const secret of ['5551234567', CLAIMS.callSid.slice(-8), 'Validation'])
      expect(seen).not.toContain(secret);
  });

  it('keeps any caller and call to the letter', () => {
    const claims = fc.record({
      callSid: fc.string(),
      from: fc.string({ unit: 'grapheme', maxLength: 260 }),
      attestation: fc.option(fc.string()),
      hop: fc.nat(),
      expiresAt: fc.integer({ min: 1_000, max: 66_000 }),
    });
    fc.assert(
      fc.property(claims, (any) => {
        const { tokens } = clock();
        const token = tokens.issue(any);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(tokens.redeem(token)).toEqual(any);
      }),
    );
  });

  it('is refused with any bit flipped, and the true one still good after', () => {
    const { tokens } = clock();
    const token = tokens.issue(CLAIMS);
    const bytes = Buffer.from(token, 'base64url');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const bent = Buffer.from(bytes);
        bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(tokens.redeem(bent.toString('base64url'))).toBe('forged');
      }),
      { numRuns: runs(1000) },
    );
    expect(tokens.redeem(token)).toEqual(CLAIMS);
  });

  it('is refused spelled in any other way', () => {
    const { tokens } = clock();
    const token = tokens.issue(CLAIMS);
    for (const other of [
      `${token}=`,
      `${token}==`,
      ` ${token}`,
      `${token}.`,
      token.slice(0, -1),
      `${token}A`,
    ]) {
      expect(tokens.redeem(other)).toBe('forged');
    }
    expect(tokens.redeem(token)).toEqual(CLAIMS);
  });

  it('never throws, whatever stands in the path', () => {
    const { tokens } = clock();
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.stringMatching(/^[\w-]*$/),
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(tokens.redeem(text)).toBe('forged');
      }),
      { numRuns: runs(1000) },
    );
  });
});

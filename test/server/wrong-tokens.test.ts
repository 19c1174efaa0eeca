import { describe, expect, it } from 'vitest';
import { networkOf, WRONG_TOKENS_A_MINUTE, WrongTokens } from '../../src/server/wrong-tokens.js';

function setUp() {
  const clock = { now: 5_000 };
  const tokens = new WrongTokens(() => clock.now);
  const fail = (peer: string, times = WRONG_TOKENS_A_MINUTE, client = '') => {
    for (let n = 0; n < times; n += 1) tokens.wrong({ peer, client });
  };
  const wait = (peer: string, client = '') => tokens.waitOf({ peer, client });
  return { clock, tokens, fail, wait };
}

describe('a peer that gives wrong tokens', () => {
  it('waits after the tenth in a minute, until the first is a minute old', () => {
    const { clock, fail, wait } = setUp();
    fail('203.0.113.9', 9);
    expect(wait('203.0.113.9')).toBe(null);
    clock.now += 20_000;
    fail('203.0.113.9', 1);
    expect(wait('203.0.113.9')).toBe(40);
    expect(wait('203.0.113.8')).toBe(null);
    clock.now += 40_000;
    expect(wait('203.0.113.9')).toBe(null);
    fail('203.0.113.9', 9);
    expect(wait('203.0.113.9')).toBe(20);
  });

  it('gets no further tries by naming another client each time', () => {
    const { tokens, wait } = setUp();
    for (let n = 0; n < 10; n += 1) tokens.wrong({ peer: '10.0.0.2', client: `198.51.100.${n}` });
    expect(wait('10.0.0.2', '198.51.100.200')).toBe(60);
  });

  it('keeps apart who has given the right one from behind the same proxy, for twelve hours', () => {
    const { clock, tokens } = setUp();
    const shop = { peer: '10.0.0.2', client: '192.0.2.7' };
    tokens.right(shop);
    expect(tokens.isProven(shop)).toBe(true);
    expect(tokens.isProven({ ...shop, client: '192.0.2.8' })).toBe(false);
    expect(tokens.isProven({ ...shop, client: '' })).toBe(false);
    expect(tokens.isProven({ ...shop, peer: '10.0.0.3' })).toBe(false);
    clock.now += 12 * 3_600_000;
    expect(tokens.isProven(shop)).toBe(false);
  });

  it('is forgotten only when 8,000 others have come since', () => {
    const { fail, wait } = setUp();
    fail('203.0.113.9');
    for (let n = 0; n < 7_999; n += 1) fail(`2001:db8:${(n + 1).toString(16)}:1::1`, 1);
    expect(wait('203.0.113.9')).toBe(60);
    fail('2001:db8:ffff:1::1', 1);
    expect(wait('203.0.113.9')).toBe(null);
  });
});

describe('one peer is', () => {
  it.each([
    ['203.0.113.9', '::ffff:203.0.113.9'],
    ['203.0.113.9', '::FFFF:203.0.113.9'],
    ['2001:db8::1', '2001:db8::2'],
    ['2001:db8::1', '2001:0DB8:0:0:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['fe80::1%eth0', 'fe80::2%eth1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::1'],
    ['::1', '::2'],
  ])('%s and %s', (one, other) => {
    expect(networkOf(one)).toBe(networkOf(other));
  });

  it.each([
    ['203.0.113.9', '203.0.113.8'],
    ['127.0.0.1', '127.0.0.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.8'],
    ['unknown', ''],
  ])('not %s and %s', (one, other) => {
    expect(networkOf(one)).not.toBe(networkOf(other));
  });
});

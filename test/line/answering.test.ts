import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterHoursWords } from '../../src/line/after-hours.js';
import { shopOf } from '../../src/shop/shop.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { counted } from '../support/counted.js';
import { PhoneHouse, tokenOf } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

// A Friday, six in the evening in Chicago.
const FRIDAY_EVENING = new Date('2026-03-07T00:00:00Z');

let set: Partial<ShopSettings> = {};
let house: PhoneHouse;
beforeEach(() => {
  vi.useFakeTimers({ now: FRIDAY_EVENING });
  set = {};
  house = new PhoneHouse({ shopOf: () => shopOf({ set }) });
});
const outcomes = async () => {
  const values = await counted(house.metrics.callsEnded);
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
};
afterEach(() => {
  vi.useRealTimers();
});

describe('a call to a shop', () => {
  it('that forwards its calls is put through at once, without a stream', async () => {
    set = { answering: 'forward', transfer_number: '+15125550133' };
    const twiml = await house.voice(1);
    expect(twiml).toContain('>+15125550133</Dial>');
    expect(twiml).not.toMatch(/<Say|<Stream/);
    expect(house.line.invitations.pendingCount).toBe(0);
    const due = { reason: 'no_person_answered', is_dialled: true };
    expect(house.recorded).toMatchObject([{ outcome: 'transferred', path: 'transferring', callback: due }]);
    await house.next(1, { dialStatus: 'no-answer' });
    expect(house.dialled).toMatchObject([{ call_sid: callSidOf(1), dial_status: 'no-answer' }]);
    expect(await outcomes()).toEqual({ transferred: 1 });
  });

  it('that forwards its calls and has no number hears that nobody can take it', async () => {
    set = { answering: 'forward' };
    expect(await house.voice(1)).toMatch(/<Say[^>]*>We are sorry, nobody can take your call.*<Hangup/s);
    const due = { reason: 'no_person_answered', is_dialled: false };
    expect(house.recorded).toMatchObject([{ outcome: 'failed', agent: null, callback: due }]);
  });

  it('that is closed hears when it opens, and no agent', async () => {
    set = { answering: 'closed' };
    const twiml = await house.voice(1);
    expect(twiml).toContain('We are closed right now. We open on Monday the ninth, at eight o');
    expect(twiml).toContain('<Hangup/>');
    expect(twiml).not.toMatch(/<Stream|<Dial/);
    await house.voice(2);
    await house.voice(3, { from: 'anonymous' });
    const rung = house.recorded.map(({ outcome, callback }) => [outcome, callback?.reason ?? null]);
    // One without a number cannot be rung.
    expect(rung).toEqual([...Array(2).fill(['completed', 'no_person_answered']), ['completed', null]]);
    expect(house.recorded[1]?.callback).toMatchObject({ joins_open: true });
    expect(house.recorded[0]).toMatchObject({ after_hours: true, intent: null, duration_ms: 0 });
    expect(await outcomes()).toEqual({ completed: 3 });
  });

  it('is answered the same when Twilio asks again, though the shop has changed', async () => {
    set = { answering: 'closed' };
    const first = await house.voice(1);
    set = { answering: 'agent' };
    vi.setSystemTime(new Date('2026-03-09T15:00:00Z'));
    expect(await house.voice(1)).toBe(first);
    expect(tokenOf(await house.voice(2))).not.toBe('');
    expect(house.recorded).toHaveLength(1);
  });

  it.each([
    ['closed', '<Hangup/>'],
    ['forward', '</Dial>'],
  ] as const)('that is %s is answered the same at another gateway, for a minute', async (answering, verb) => {
    set = { answering, transfer_number: '+15125550133' };
    const first = await house.voice(1);
    set = { transfer_number: '+15125550133' };
    const own = { shopOf: () => shopOf({ set }) };
    const other = new PhoneHouse(own, house);
    other.recorded.push(...house.recorded);
    expect([await other.voice(1), await other.voice(1)]).toEqual([first, first]);
    expect(first).toContain(verb);
    expect(other.recorded).toHaveLength(1);
    vi.advanceTimersByTime(60_001);
    const late = new PhoneHouse(own, house);
    late.recorded.push(...house.recorded);
    expect(await late.voice(1)).toContain('<Response><Hangup/>');
  });

  it('goes on when it was under way before', async () => {
    const stream = await house.call(1);
    set = { answering: 'closed' };
    stream.socket.close(1006, 'lost');
    expect(tokenOf(await house.voice(1, { callStatus: 'in-progress' }))).not.toBe('');
  });
});

describe('the after-hours words', () => {
  it('tell the hours when the shop would be open', () => {
    const shop = shopOf({ set: { name: 'North Garage' } });
    expect(afterHoursWords(shop, new Date('2026-03-09T15:00:00Z'))).toBe(
      'Thank you for calling North Garage. We cannot take your call right now. We are open Monday to Friday, eight a.m. to five p.m. Goodbye.',
    );
  });

  it('say today and tomorrow', () => {
    const at = (time: string) => afterHoursWords(shopOf({}), new Date(time));
    expect(at('2026-03-09T11:00:00Z')).toContain('We open today, ');
    expect(at('2026-03-10T02:00:00Z')).toContain('We open tomorrow, ');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterHoursWords } from '../../src/line/after-hours.js';
import { shopOf } from '../../src/shop/shop.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { PhoneHouse, tokenOf } from '../support/phone-house.js';

// A Friday, six in the evening in Chicago.
const FRIDAY_EVENING = new Date('2026-03-07T00:00:00Z');

let set: Partial<ShopSettings> = {};
let house: PhoneHouse;
beforeEach(() => {
  vi.useFakeTimers({ now: FRIDAY_EVENING });
  set = {};
  house = new PhoneHouse({ shopOf: () => shopOf({ set }) });
});
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
  });

  it('that forwards its calls and has no number hears that nobody can take it', async () => {
    set = { answering: 'forward' };
    expect(await house.voice(1)).toMatch(/<Say[^>]*>We are sorry, nobody can take your call.*<Hangup/s);
  });

  it('that is closed hears when it opens, and no agent', async () => {
    set = { answering: 'closed' };
    const twiml = await house.voice(1);
    expect(twiml).toContain('We are closed right now. We open on Monday the ninth, at eight o');
    expect(twiml).toContain('<Hangup/>');
    expect(twiml).not.toMatch(/<Stream|<Dial/);
  });

  it('is answered the same when Twilio asks again, though the shop has changed', async () => {
    set = { answering: 'closed' };
    const first = await house.voice(1);
    set = { answering: 'agent' };
    vi.setSystemTime(new Date('2026-03-09T15:00:00Z'));
    expect(await house.voice(1)).toBe(first);
    expect(tokenOf(await house.voice(2))).not.toBe('');
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

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SORRY_BUSY, SORRY_CONNECTING } from '../../src/calls/incoming-call.js';
import { expectNothingLeft, PhoneHouse, settle, tokenOf } from '../support/phone-house.js';

let house: PhoneHouse;
const HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';
const replays = async () => (await house.metrics.webhookReplays.get()).values[0]?.value;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an incoming call', () => {
  it('is given a stream of its own', async () => {
    const [one, two] = [await house.voice(1), await house.voice(2)];
    expect(tokenOf(one)).not.toBe('');
    expect(tokenOf(one)).not.toBe(tokenOf(two));
  });

  it('gets what its greeting needs prepared, once', async () => {
    const prepare = vi.fn();
    house = new PhoneHouse({ prepare });
    await house.voice(1);
    await house.voice(1);
    expect(prepare).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(house.form(1)));
  });

  it('gets the same answer again, to the letter, at once and while the call lives', async () => {
    const [first, same] = await Promise.all([house.voice(1), house.voice(1)]);
    expect(same).toBe(first);
    const stream = house.connect(first, 1)?.start();
    expect(await house.voice(1)).toBe(first);
    expect(house.connect(first, 1)).toBeNull();
    expect(house.line.registry.liveCount).toBe(1);
    expect(await replays()).toBe(1);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is hung up when the webhook is replayed after its end, its time or another gateway recorded it', async () => {
    const stream = await house.call(1);
    stream.stop();
    await settle();
    expect(await house.voice(1)).toBe(HANG_UP);
    await house.voice(2);
    await settle(60_001);
    expect(await house.voice(2)).toBe(HANG_UP);
    const recorded = [...house.recorded];
    house = new PhoneHouse();
    house.recorded.push(...recorded);
    expect(await house.voice(1)).toBe(HANG_UP);
    expect(await replays()).toBe(1);
    expect(house.line.invitations.pendingCount).toBe(0);
  });

  it.each(['completed', 'canceled', 'failed', 'busy', 'no-answer'])(
    'that is already %s is hung up',
    async (callStatus) => {
      expect(await house.voice(1, { callStatus })).toBe(HANG_UP);
    },
  );

  it('beyond the capacity is given to a person, or asked to call again', async () => {
    house = new PhoneHouse({ maxCalls: 2 });
    const stream = await house.call(1);
    await house.voice(2);
    const away = await house.voice(3);
    expect(away).toContain(`${SORRY_CONNECTING}</Say>`);
    expect(away).toContain('action="https://voice.example.com/twilio/voice/next"');
    expect(away).toContain('>+15125550100</Dial>');
    expect(await house.next(3, { dialStatus: 'no-answer' })).toContain('<Hangup/>');
    stream.stop();
    expect(tokenOf(await house.voice(4))).not.toBe('');
    const alone = new PhoneHouse({ maxCalls: 1, transferNumber: undefined });
    await alone.voice(1);
    expect(await alone.voice(2)).toContain(`${SORRY_BUSY}</Say><Hangup/>`);
  });

  it('holds the capacity in a burst: no more streams than calls allowed', async () => {
    house = new PhoneHouse({ maxCalls: 5 });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => house.voice(i)));
    expect(answers.filter((twiml) => tokenOf(twiml) !== '')).toHaveLength(5);
  });

  it('frees its place when its stream never comes', async () => {
    house = new PhoneHouse({ maxCalls: 1 });
    await house.voice(1);
    expect(tokenOf(await house.voice(2))).toBe('');
    await settle(5001);
    expect(tokenOf(await house.voice(3))).not.toBe('');
  });

  it('while draining goes to a person, and one that was answered before keeps its answer', async () => {
    const before = await house.voice(1);
    house.line.phase = 'draining';
    expect(await house.voice(1)).toBe(before);
    expect(await house.voice(2)).toContain('</Dial>');
  });
});

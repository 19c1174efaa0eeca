import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONNECTING_YOU, SORRY_BUSY, WILL_CALL_BACK } from '../../src/line/person-or-sorry.js';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import type { StreamLedger } from '../../src/stream-ledger/stream-ledger.js';
import { counted } from '../support/counted.js';
import {
  CALLER,
  expectNothingLeft,
  nobodyToDial,
  PhoneHouse,
  settle,
  tokenOf,
} from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

let house: PhoneHouse;
const HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';
const SILENT: StreamLedger = { propose: () => new Promise(() => {}), claim: () => new Promise(() => {}) };
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
    expect(await replays()).toBe(2);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is given on the word of its carrier only to a form that is surely about it', async () => {
    const attestation = 'TN-Validation-Passed-A';
    const first = await house.voice(1, { attestation });
    const other = await house.voice(1, { mayNameAnother: true });
    expect(other).toContain('<Dial');
    expect(other).not.toContain('<Stream');
    expect(await house.voice(1, { attestation })).toBe(first);
    // Who names two calls from the beginning has one all the same.
    const odd = await house.voice(2, { mayNameAnother: true });
    expect(odd).toContain('<Stream');
    expect(await house.voice(2, { mayNameAnother: true })).toBe(odd);
  });

  it('that another gateway has invited on the word of its carrier is not given to a form that may be about another', async () => {
    const ledger = new MemoryStreamLedger();
    await new PhoneHouse({ ledger }).voice(1, { attestation: 'TN-Validation-Passed-A' });
    house = new PhoneHouse({ ledger });
    expect(await house.voice(1, { mayNameAnother: true })).toContain('<Dial');
    expect(house.line.invitations.pendingCount).toBe(0);
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

  it('goes on when its stream broke and the number asks this address for what is next, late in the call', async () => {
    const stream = await house.call(1);
    await settle(90_000);
    expect(await house.voice(1, { callStatus: 'in-progress' })).toBe(HANG_UP);
    stream.socket.lose();
    await settle();
    const resumed = house.connect(await house.voice(1, { callStatus: 'in-progress' }), 1)?.start();
    await settle();
    expect(house.agent.told).toEqual(['start true']);
    resumed?.stop();
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
    expect(away).toContain(`${CONNECTING_YOU}</Say>`);
    expect(away).toContain('action="https://voice.example.com/twilio/voice/next"');
    expect(away).toContain('>+15125550100</Dial>');
    expect(await house.next(3, { dialStatus: 'no-answer' })).toContain('<Hangup/>');
    stream.stop();
    await settle();
    expect(tokenOf(await house.voice(4))).not.toBe('');
    const alone = new PhoneHouse({ maxCalls: 1, shopOf: nobodyToDial });
    await alone.voice(1);
    expect(await alone.voice(2)).toContain(`${SORRY_BUSY}</Say><Hangup/>`);
  });

  it('holds the capacity in a burst: no more streams than calls allowed', async () => {
    house = new PhoneHouse({ maxCalls: 5 });
    const numbers = Array.from({ length: 20 }, (_, i) => `+1512555${1000 + i}`);
    const answers = await Promise.all(numbers.map((from, i) => house.voice(i, { from })));
    expect(answers.filter((twiml) => tokenOf(twiml) !== '')).toHaveLength(5);
  });

  it('frees its place when its stream never comes', async () => {
    house = new PhoneHouse({ maxCalls: 1 });
    await house.voice(1);
    expect(tokenOf(await house.voice(2))).toBe('');
    await settle(5001);
    expect(tokenOf(await house.voice(3))).not.toBe('');
  });

  it('frees its place when the caller hangs up before its stream comes', async () => {
    house = new PhoneHouse({ maxCalls: 1 });
    await house.voice(1);
    await house.status(1, 'no-answer');
    expect(await house.voice(2)).toContain('<Stream');
  });

  it('while draining goes to a person, and one that was answered before keeps its answer', async () => {
    const before = await house.voice(1);
    void house.line.drain();
    expect(await house.voice(1)).toBe(before);
    expect(await house.voice(2)).toContain('</Dial>');
  });

  it('whose answer is under way when the drain begins is invited, and waited for', async () => {
    const release = house.store.hold();
    const answer = house.voice(1);
    await settle();
    void house.line.drain();
    let isEmpty = false;
    const drained = house.line.untilEmpty().then(() => {
      isEmpty = true;
    });
    await settle(150);
    expect(isEmpty).toBe(false);
    await settle(100);
    const stream = house.connect(await answer, 1)?.start();
    await settle(50);
    expect([isEmpty, house.agent.told]).toEqual([false, ['start false']]);
    release();
    stream?.stop();
    await settle(50);
    await drained;
  });

  it('is invited within 200 ms when the stores of the shop do not answer', async () => {
    house = new PhoneHouse({
      callLog: { record: () => {}, dialled: () => {}, get: () => new Promise(() => {}) },
      ledger: SILENT,
    });
    house.store.hold();
    const answer = house.voice(1);
    let isThere = false;
    void answer.then(() => {
      isThere = true;
    });
    await settle(199);
    expect(isThere).toBe(false);
    await settle(5);
    expect(tokenOf(await answer)).not.toBe('');
  });
});

describe('a call in progress whose fallback is its own gateway', () => {
  const fallback = () => house.voice(1, { callStatus: 'in-progress' });

  it('goes on when its token has expired, after its first stream and after a later one', async () => {
    const stream = await house.call(1);
    await settle(61_000);
    stream.socket.lose();
    const resumed = house.connect(await fallback(), 1)?.start();
    await settle(61_000);
    expect(house.agent.told).toEqual(['start true']);
    resumed?.socket.lose();
    const again = house.connect(await fallback(), 1)?.start();
    await settle();
    expect(house.agent.told).toEqual(['start true']);
    again?.stop();
    await settle();
    expect(await fallback()).toBe(HANG_UP);
    expect(house.recorded).toHaveLength(1);
    await expectNothingLeft(house);
  });
});

describe('an incoming call at one of two gateways', () => {
  let other: PhoneHouse;
  beforeEach(() => {
    other = new PhoneHouse({}, house);
  });

  it('gets the same answer at the other, to the letter, within its time', async () => {
    const first = await house.voice(1);
    expect(await other.voice(1)).toBe(first);
    expect(await house.voice(1)).toBe(first);
  });

  it('opens one stream: a second one is closed with 1008 before any agent starts', async () => {
    const first = await house.voice(1);
    const stream = house.connect(first, 1)?.start();
    await settle();
    const second = other.connect(await other.voice(1), 1)?.start();
    await settle();
    expect(second?.socket.closes).toEqual([{ code: 1008, reason: 'this address was used before' }]);
    expect(other.agents).toEqual([]);
    expect(other.line.registry.liveCount).toBe(0);
    expect(house.line.registry.liveCount).toBe(1);
    const { values } = await other.metrics.streamsRefused.get();
    expect(values).toMatchObject([{ labels: { reason: 'opened_before' }, value: 1 }]);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is hung up when its webhook is replayed at the other after its time, its end, or while it is live', async () => {
    const stream = await house.call(1);
    await house.voice(2);
    await settle(60_001);
    expect(await other.voice(2)).toBe(HANG_UP);
    await settle(60_001);
    expect([await other.voice(1), await other.voice(1)]).toEqual([HANG_UP, HANG_UP]);
    // A third one knows the token that the second made, and that nobody can open its stream.
    const third = new PhoneHouse({}, house);
    const late = third.connect(await third.voice(1), 1)?.start();
    await settle();
    expect(late?.socket.closes).toMatchObject([{ code: 1008 }]);
    expect(third.agents).toEqual([]);
    stream.stop();
    await settle();
    other.recorded.push(...house.recorded);
    expect(await other.voice(1)).toBe(HANG_UP);
    expect(other.agents).toEqual([]);
  });

  it('goes on at the other when that one is the fallback of a call in progress', async () => {
    const stream = await house.call(1);
    await settle();
    stream.socket.lose();
    await settle();
    const resumed = other.connect(await other.voice(1, { callStatus: 'in-progress' }), 1)?.start();
    await settle();
    expect(other.agent.told).toEqual(['start true']);
    resumed?.stop();
  });
});

describe('a clock that jumps by five minutes', () => {
  it.each([
    [300_000, 'expired'],
    [-300_000, 'early'],
  ])(
    '(%i ms) has tokens refused with a reason of their own, and leaves live calls alone',
    async (jump, why) => {
      const stream = await house.call(1);
      const invited = tokenOf(await house.voice(2));
      vi.setSystemTime(Date.now() + jump);
      await settle(1000);
      expect(house.line.invitations.redeem(invited)).toBe(why);
      stream.press('1');
      stream.hear();
      expect(house.agent.told).toEqual(['start false', 'digit 1', 'audio 160']);
      expect(stream.socket.closes).toEqual([]);
      expect(house.connect(await house.voice(3), 3)?.start().socket.closes).toEqual([]);
      stream.stop();
    },
  );
});

describe('a stream whose claim is on its way', () => {
  const held = () => {
    let answer: (isFirst: boolean | null) => void = () => {};
    const ledger: StreamLedger = {
      propose: async (_stream, token) => token,
      claim: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    };
    return { ledger, answer: (isFirst: boolean | null) => answer(isFirst) };
  };

  it('holds what the caller says meanwhile, and begins in the turn of the answer', async () => {
    const { ledger, answer } = held();
    house = new PhoneHouse({ ledger });
    const stream = await house.call(1);
    stream.hear();
    stream.press('1');
    expect(house.agents).toEqual([]);
    answer(true);
    await settle();
    expect(house.agent.told).toEqual(['start false', 'audio 160', 'digit 1']);
    stream.stop();
  });

  it('begins in the turn of its start when the answer came before', async () => {
    const { ledger, answer } = held();
    house = new PhoneHouse({ ledger });
    const stream = house.connect(await house.voice(1), 1);
    answer(true);
    await settle();
    stream?.start();
    expect(house.agent.told).toEqual(['start false']);
    stream?.stop();
  });

  it('begins after 100 ms at the latest, and that is counted', async () => {
    house = new PhoneHouse({ ledger: held().ledger });
    const stream = await house.call(1);
    await settle(99);
    expect(house.agents).toEqual([]);
    await settle(5);
    expect(house.agent.told).toEqual(['start false']);
    const { values } = await house.metrics.ledgerUnanswered.get();
    expect(values).toMatchObject([{ labels: { step: 'open' }, value: 1 }]);
    stream.stop();
  });

  it('counts against the capacity until it has started', async () => {
    const { ledger, answer } = held();
    house = new PhoneHouse({ ledger, maxCalls: 1 });
    house.connect(await house.voice(1), 1);
    expect(tokenOf(await house.voice(2))).toBe('');
    answer(true);
    await settle();
    expect(tokenOf(await house.voice(2))).toBe('');
  });
});

describe('a call for which there is no room', () => {
  const full = async (options = {}) => {
    house = new PhoneHouse({ maxCalls: 1, ...options });
    await house.call(1);
  };
  const from = '+15125550142';

  it('is kept for the shop to ring back where there is no person, as one with others of the number, and gets the same answer again', async () => {
    await full({ shopOf: nobodyToDial });
    const answers = [
      await house.voice(2, { from }),
      await house.voice(2, { from }),
      await house.voice(3, { from }),
    ];
    for (const twiml of answers) expect(twiml).toContain(`${SORRY_BUSY}</Say><Hangup/>`);
    const turnedAway = { outcome: 'failed', caller_phone: from };
    const callback = { reason: 'failed', joins_open: true };
    expect(house.recorded).toMatchObject([
      { ...turnedAway, call_sid: callSidOf(2), callback },
      { ...turnedAway, call_sid: callSidOf(3), callback },
    ]);
    expect(await counted(house.metrics.callsEnded)).toMatchObject([
      { labels: { outcome: 'failed', via: 'phone' }, value: 2 },
    ]);
  });

  it.each([
    ['may be another one', { from, mayNameAnother: true }],
    ['goes on elsewhere', { from, callStatus: 'in-progress' }],
  ])('is not recorded when it %s', async (_what, form) => {
    await full({ shopOf: nobodyToDial });
    await house.voice(2, form);
    expect(house.recorded).toEqual([]);
  });

  it('is transferred when a person is dialled, and rung back when nobody answers', async () => {
    await full();
    expect(await house.voice(2, { from })).toContain('</Dial>');
    await house.next(2, { from, dialStatus: 'busy' });
    expect(house.recorded).toMatchObject([
      { call_sid: callSidOf(2), outcome: 'transferred', callback: { is_dialled: true } },
    ]);
    expect(house.dialled).toMatchObject([
      { call_sid: callSidOf(2), caller_phone: from, dial_status: 'busy' },
    ]);
  });
});

describe('calls from one number that nobody attests', () => {
  const B = { attestation: 'TN-Validation-Passed-B' };
  const streams = (answers: readonly string[]) => answers.filter((twiml) => tokenOf(twiml) !== '').length;

  it('are three at once, in a burst too; the others are given to a person', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => house.voice(i, B)));
    expect(streams(answers)).toBe(3);
    const away = answers.filter((twiml) => tokenOf(twiml) === '');
    for (const twiml of away) expect(twiml).toContain('>+15125550100</Dial>');
    expect((await house.metrics.callsOverNumber.get()).values[0]?.value).toBe(5);
    expect(streams([await house.voice(20, { from: '+15125550142' })])).toBe(1);
  });

  it('are promised a call-back where there is no person, which is one for the shop, and the same answer again', async () => {
    house = new PhoneHouse({ shopOf: nobodyToDial });
    for (const call of [1, 2, 3]) await house.call(call);
    const away = [await house.voice(4), await house.voice(4), await house.voice(5)];
    for (const twiml of away) expect(twiml).toContain(`${WILL_CALL_BACK}</Say><Hangup/>`);
    const promised = {
      outcome: 'callback_requested',
      caller_phone: CALLER,
      customer_id: null,
      callback: { reason: 'requested', is_dialled: false, joins_open: true },
    };
    expect(house.recorded).toMatchObject([promised, promised]);
    await house.status(4, 'completed');
    await settle();
    expect(house.recorded).toHaveLength(2);
  });

  it('have room again when one ends or its stream never comes', async () => {
    const stream = await house.call(1);
    for (const call of [2, 3]) await house.voice(call);
    expect(streams([await house.voice(4)])).toBe(0);
    stream.stop();
    await settle();
    expect(streams([await house.voice(5)])).toBe(1);
    await settle(5001);
    expect(
      streams([await house.voice(6), await house.voice(7), await house.voice(8), await house.voice(9)]),
    ).toBe(3);
  });

  it.each([
    ['attested', { attestation: 'TN-Validation-Passed-A' }],
    ['anonymous', { from: 'anonymous' }],
    ['from a browser', { from: 'client:front_office' }],
    ['of a keypad word for no number', { from: '+266696687' }],
  ])('but not of callers that are %s', async (_what, caller) => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => house.voice(i, caller)));
    expect(streams(answers)).toBe(6);
  });

  it('are counted together however the number is written', async () => {
    const forms = ['+15551234567', '(555) 123-4567', '15551234567', '555-123-4567'];
    const answers = await Promise.all(forms.map((from, i) => house.voice(i, { from })));
    expect(streams(answers)).toBe(3);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SORRY_NOBODY, SORRY_TROUBLE } from '../../src/line/person-or-sorry.js';
import { MAX_RESUMES } from '../../src/line/stream-ended.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import {
  expectNothingLeft,
  nextHopOf,
  nobodyToDial,
  PhoneHouse,
  settle,
  tokenOf,
  words,
} from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(() => {
  vi.useRealTimers();
});

async function goodbye(act: 'hangUp' | 'transfer', of = house) {
  const stream = await of.call(1);
  void of.agent.control.say([words('bye')]);
  of.agent.control[act]();
  await settle(100);
  stream.returnMarks();
  await settle();
}

/** What another gateway has stored may lack what was just heard, and is looked at again. */
async function lookedUp(answer: Promise<string>): Promise<string> {
  await settle(200);
  return answer;
}

describe('what a call does next', () => {
  it('after a goodbye is to hang up, as often as Twilio asks', async () => {
    await goodbye('hangUp');
    const answers = [
      await house.next(1),
      await house.next(1),
      await house.next(1, { callStatus: 'completed' }),
    ];
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('<Response><Hangup/></Response>');
    expect(house.recorded).toMatchObject([{ outcome: 'completed' }]);
    await expectNothingLeft(house);
  });

  it('after a goodbye at another gateway is to hang up too', async () => {
    await goodbye('hangUp');
    const released = house.line.registry.releaseAll('the gateway stops');
    await settle();
    await released;
    const other = new PhoneHouse({}, house);
    expect(await other.next(1)).toContain('<Response><Hangup/></Response>');
    expect(other.recorded).toMatchObject([{ outcome: 'completed' }]);
    await expectNothingLeft(house);
  });

  it('after a goodbye at another gateway is to hang up when what was heard is stored a moment later', async () => {
    const stream = await house.call();
    const { control } = house.agent;
    control.session.change({ current_state: 'completed', collected_data: { appointment_id: 7 } });
    void control.say([words('your oil change is booked goodbye')]);
    control.hangUp();
    await settle(500);
    const other = new PhoneHouse({}, house);
    const answer = other.next(1);
    await settle(50);
    stream.returnMarks();
    expect(await lookedUp(answer)).toContain('<Response><Hangup/></Response>');
    await settle(60_000);
    await expectNothingLeft(house);
  });

  it('after a goodbye at another gateway is to hang up, though the call was here before', async () => {
    const first = await house.call(1);
    first.socket.lose();
    const twiml = await house.next(1, {}, 0);
    const other = new PhoneHouse({}, house);
    const second = other.connect(twiml, 1)?.start();
    await settle();
    void other.agent.control.say([words('bye')]);
    other.agent.control.hangUp();
    await settle(100);
    second?.returnMarks();
    await settle();
    expect(await house.next(1, {}, 1)).toContain('<Response><Hangup/></Response>');
  });

  it('after a goodbye that broke off while a booking or a call-back was told is the stream again, here and elsewhere', async () => {
    const told = [
      [{ appointment_id: 7 }, 'booked', false],
      [{ appointment_id: 7 }, 'booked', true],
      [{ callback_requested: true }, 'callback_requested', true],
    ] as const;
    for (const [collected_data, outcome, elsewhere] of told) {
      house = new PhoneHouse();
      const stream = await house.call();
      const { control } = house.agent;
      control.session.change({ current_state: 'completed', collected_data });
      void control.say([words('your oil change is booked goodbye')]);
      control.hangUp();
      await settle(300);
      stream.socket.lose();
      await settle();
      const asked = elsewhere ? new PhoneHouse({}, house) : house;
      const twiml = await lookedUp(asked.next(1));
      expect(twiml).toContain('<Stream');
      const again = asked.connect(twiml, 1)?.start();
      await settle();
      expect(asked.agent.told).toEqual(['start true']);
      again?.stop();
      await settle();
      expect(asked.recorded).toMatchObject([{ outcome }]);
    }
  });

  it('after a booking that was being told when its gateway handed the call over is the stream again', async () => {
    await house.call();
    const { control } = house.agent;
    control.session.change({ current_state: 'completed', collected_data: { appointment_id: 7 } });
    void control.say([words('your oil change is booked goodbye')]);
    control.hangUp();
    await settle(300);
    const released = house.line.registry.releaseAll('the gateway stops');
    await settle();
    await released;
    expect(await lookedUp(new PhoneHouse({}, house).next(1))).toContain('<Stream');
  });

  it('after a booking whose words were not made before the stream broke is the stream again', async () => {
    const stream = await house.call();
    const { control } = house.agent;
    void control.say([words('which time do you want')]);
    await settle(3000);
    stream.returnMarks();
    control.session.change({ current_state: 'completed', collected_data: { appointment_id: 7 } });
    void control.say([new Promise<SpokenPiece>(() => undefined)]);
    control.hangUp();
    await settle(100);
    stream.socket.lose();
    await settle();
    expect(await house.next(1)).toContain('<Stream');
  });

  it('when a person was wanted is to dial, and afterwards to hang up or say that nobody answers', async () => {
    await goodbye('transfer');
    expect(await house.next(1)).toContain('>+15125550100</Dial>');
    for (const dialStatus of ['completed', 'answered']) {
      expect(await house.next(1, { dialStatus })).toContain('<Response><Hangup/></Response>');
    }
    for (const dialStatus of ['busy', 'no-answer', 'failed', 'canceled']) {
      expect(await house.next(1, { dialStatus })).toContain(`${SORRY_NOBODY}</Say><Hangup/>`);
    }
    await expectNothingLeft(house);
  });

  it('when a person was wanted is kept as due only if nobody answers, and what came of it is told on', async () => {
    await goodbye('transfer');
    await house.next(1);
    expect(house.recorded).toMatchObject([{ callback: { reason: 'no_person_answered', is_dialled: true } }]);
    await house.next(1, { dialStatus: 'busy' });
    // The caller has hung up while it rang.
    await house.next(1, { dialStatus: 'no-answer', callStatus: 'completed' });
    for (const dialStatus of ['soon', '']) await house.next(1, { dialStatus });
    await house.next(1, { dialStatus: 'completed', mayNameAnother: true });
    expect(house.dialled).toMatchObject([
      { call_sid: callSidOf(1), caller_phone: '+15551234567', dial_status: 'busy' },
      { call_sid: callSidOf(1), dial_status: 'no-answer' },
    ]);
    await expectNothingLeft(house);
  });

  it('when a person was wanted, and the caller hung up before one was dialled, is nothing: it is due at once', async () => {
    const stream = await house.call(1);
    void house.agent.control.say([words('one moment')]);
    house.agent.control.transfer();
    stream.stop();
    await settle();
    expect(house.recorded).toMatchObject([{ callback: { reason: 'no_person_answered', is_dialled: false } }]);
    await expectNothingLeft(house);
  });

  it('when a person was wanted and there is none is to say so', async () => {
    house = new PhoneHouse({ shopOf: nobodyToDial });
    await goodbye('transfer');
    expect(await house.next(1)).toContain(`${SORRY_NOBODY}</Say><Hangup/>`);
    await expectNothingLeft(house);
  });

  it('when the stream broke is to open another, three times, then to dial a person', async () => {
    let stream = await house.call(1);
    for (let hop = 1; hop <= MAX_RESUMES; hop += 1) {
      stream.socket.lose();
      stream = await house.resume(1);
      expect(house.agent.control.session.data.resumes).toBe(hop);
    }
    stream.socket.lose();
    const answer = await house.next(1);
    expect(answer).toContain('technical trouble');
    expect(answer).toContain('>+15125550100</Dial>');
    expect(await house.next(1)).toBe(answer);
    expect(house.recorded).toMatchObject([{ outcome: 'failed' }]);
    await expectNothingLeft(house);
  });

  it('when the stream broke too often and there is no person is to apologise', async () => {
    house = new PhoneHouse({ shopOf: nobodyToDial });
    let stream = await house.call(1);
    for (let hop = 1; hop <= MAX_RESUMES; hop += 1) {
      stream.socket.lose();
      stream = await house.resume(1);
    }
    stream.socket.lose();
    expect(await house.next(1)).toContain(`${SORRY_TROUBLE}</Say><Hangup/>`);
    await expectNothingLeft(house);
  });

  it('is the same once more when Twilio repeats the webhook, and one stream opens', async () => {
    const first = await house.call(1);
    first.socket.lose();
    const [twiml, same] = await Promise.all([house.next(1), house.next(1)]);
    expect(same).toBe(twiml);
    const stream = house.connect(twiml, 1)?.start();
    expect(house.connect(same, 1)).toBeNull();
    expect(house.agent.told).toEqual(['start true']);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is the open stream again for a webhook that is repeated late, however often', async () => {
    const first = await house.call(1);
    first.socket.lose();
    const twiml = await house.next(1, {}, 0);
    const stream = house.connect(twiml, 1)?.start();
    await settle();
    const late = [];
    for (let n = 0; n < 10; n += 1) late.push(await house.next(1, {}, 0));
    expect(new Set(late)).toEqual(new Set([twiml]));
    expect(stream?.socket.closes).toEqual([]);
    expect(house.line.registry.liveCount).toBe(1);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is one stream further when the stream that was invited here was opened at another gateway', async () => {
    const first = await house.call(1);
    first.socket.lose();
    const twiml = await house.next(1, {}, 0);
    const other = new PhoneHouse({}, house);
    const second = other.connect(twiml, 1)?.start();
    await settle();
    second?.socket.lose();
    await settle();
    const next = await house.next(1, {}, 1);
    expect(nextHopOf(next)).toBe(2);
    expect(tokenOf(next)).not.toBe(tokenOf(twiml));
  });

  it('is not to go round for ever when no stream can be opened at all', async () => {
    await house.voice(1);
    const answers = [];
    while (answers.length < 20 && !answers.at(-1)?.includes('</Dial>')) answers.push(await house.next(1));
    expect(new Set(answers.map(tokenOf)).size).toBe(MAX_RESUMES + 1);
    expect(answers).toHaveLength(2 * MAX_RESUMES + 1);
    expect(await house.next(1)).toBe(answers.at(-1));
    const due = { reason: 'no_person_answered', is_dialled: true };
    expect(house.recorded).toMatchObject([{ call_sid: callSidOf(1), outcome: 'transferred', callback: due }]);
  });

  it('is to begin anew, with the caller of the form, when no session is known anywhere', async () => {
    const stream = house.connect(await house.next(1, { from: 'client:alice' }), 1)?.start();
    await settle();
    expect(house.agent.told).toEqual(['start false']);
    expect(house.agent.control.session.data).toMatchObject({ caller_phone: 'client:alice' });
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('keeps the caller and the attestation of the session, whatever the form says', async () => {
    const before = await house.call(1);
    before.socket.lose();
    const stream = house.connect(await house.next(1, { from: '+19998887777' }), 1)?.start();
    expect(house.agent.control.caller.phone).toBe('+15551234567');
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is a person for a form that may be about another call, where its call has proved something, and ends nothing', async () => {
    const attestation = 'TN-Validation-Passed-A';
    const first = house.connect(await house.voice(1, { attestation }), 1)?.start();
    await settle();
    first?.socket.lose();
    await settle();
    const doubtful = await house.next(1, { mayNameAnother: true, canBeShown: false });
    expect(doubtful).toContain('callerId="+15125550199">+15125550100</Dial>');
    expect(doubtful).not.toContain('<Stream');
    expect(await house.next(1, { attestation })).toContain('<Stream');
    expect(house.recorded).toEqual([]);
    const unproved = await house.call(2);
    unproved.socket.lose();
    await settle();
    expect(await house.next(2, { mayNameAnother: true })).toContain('<Stream');
  });

  it('is to hang up a call that ended, was given up or was recorded elsewhere', async () => {
    const stream = await house.call(1);
    stream.stop();
    await settle();
    expect(await house.next(1)).toContain('<Response><Hangup/></Response>');
    const recorded = [...house.recorded];
    house = new PhoneHouse();
    house.recorded.push(...recorded);
    expect(await house.next(1)).toContain('<Response><Hangup/></Response>');
    expect(house.recorded).toHaveLength(1);
  });

  it('is to hang up when Twilio says that the call is over, which also ends it here', async () => {
    const stream = await house.call(1);
    expect(await house.next(1, { callStatus: 'completed' })).toContain('<Response><Hangup/></Response>');
    expect(stream.socket.closes).toHaveLength(1);
    expect(house.recorded).toMatchObject([{ call_sid: callSidOf(1) }]);
    await expectNothingLeft(house);
  });
});

describe('a question that is asked again when the next stream is open', () => {
  const ASKED = 6;
  const ask = async (of: PhoneHouse, hop: number) => {
    const answers = [];
    while (answers.length < ASKED) answers.push(await of.next(1, {}, hop));
    return answers;
  };

  it('gets the same answer, which opens nothing, and the call goes on', async () => {
    (await house.call(1)).socket.lose();
    const twiml = await house.next(1);
    const stream = house.connect(twiml, 1)?.start();
    await settle(61_000);
    expect(new Set(await ask(house, 0))).toEqual(new Set([twiml]));
    expect(house.connect(twiml, 1)).toBeNull();
    expect(stream?.socket.closes).toEqual([]);
    expect(house.recorded).toEqual([]);
    stream?.socket.lose();
    expect(nextHopOf(await house.next(1, {}, 1))).toBe(2);
  });

  it('is hung up once another gateway has ended the call', async () => {
    (await house.call(1)).socket.lose();
    await house.resume(1);
    await settle();
    const other = new PhoneHouse({}, house);
    await other.next(1, { callStatus: 'completed' });
    await settle();
    const verified = house.line.registry.verify();
    await settle();
    await verified;
    house.recorded.push(...other.recorded);
    const answers = new Set(await ask(house, 0));
    expect([...answers]).toEqual([expect.stringContaining('<Response><Hangup/></Response>')]);
  });

  it('does not cut a goodbye short', async () => {
    (await house.call(1)).socket.lose();
    const stream = await house.resume(1);
    house.agent.control.session.change({ current_state: 'completed' });
    await ask(house, 0);
    expect(stream.socket.closes).toEqual([]);
    expect(house.recorded).toEqual([]);
  });

  it.each([
    ['at once', 1],
    ['when the address is forgotten', 120_001],
  ])('opens nothing at another gateway either, %s, and whoever goes on by it goes on', async (_, after) => {
    (await house.call(1)).socket.lose();
    (await house.resume(1)).socket.lose();
    const stream = await house.resume(1);
    await settle(after);
    const other = new PhoneHouse({}, house);
    for (const hop of [1, 0]) expect(new Set((await ask(other, hop)).map(nextHopOf))).toEqual(new Set([2]));
    const late = other.connect(await other.next(1, {}, 1), 1)?.start();
    await settle();
    expect(late?.socket.closes).toMatchObject([{ code: 1008 }]);
    expect(other.agents).toEqual([]);
    expect(stream.socket.closes).toEqual([]);
    expect([...house.recorded, ...other.recorded]).toEqual([]);
    expect(nextHopOf(await other.next(1, {}, 2))).toBe(3);
  });
});

describe('a stream that breaks again and again', () => {
  /** Gateways that share nothing: no store, and of the call only what Twilio brings along. */
  const gateways = (count: number) => Array.from({ length: count }, () => new PhoneHouse());

  /** The call as Twilio plays it: each stream breaks at once, and what comes next is asked of another gateway. Returns how many streams it had. */
  async function breakAtOnce(houses: readonly PhoneHouse[]): Promise<{ streams: number; last: string }> {
    const at = (n: number) => houses[n % houses.length] ?? house;
    let twiml = await at(0).voice(1);
    for (let n = 0; n < 30; n += 1) {
      const stream = at(n).connect(twiml, 1)?.start();
      if (!stream) return { streams: n, last: twiml };
      stream.socket.lose();
      await settle();
      twiml = await at(n + 1).next(1, {}, nextHopOf(twiml));
    }
    return { streams: 30, last: twiml };
  }

  it.each([1, 2, 3, 30])(
    'is not offered more than three times, by %i gateways without a store',
    async (count) => {
      const { streams, last } = await breakAtOnce(gateways(count));
      expect(streams).toBe(1 + MAX_RESUMES);
      expect(last).toContain('>+15125550100</Dial>');
    },
  );
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StaffRequest } from '../../src/line/interventions.js';
import { nobodyToDial, PhoneHouse, settle, words } from '../support/phone-house.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const press = (house: PhoneHouse, kind: StaffRequest['kind'], by: string | null = null) =>
  house.line.interventions.request({ callSid: house.form(1).callSid, kind, by });

async function speakingCall(house: PhoneHouse) {
  house.script = { onStart: (agent) => void agent.control.say([words('this is a long greeting')]) };
  const stream = await house.call(1);
  await settle();
  return stream;
}

it('a call that staff take over falls silent, and the person is dialled', async () => {
  const house = new PhoneHouse();
  const stream = await speakingCall(house);
  expect(await press(house, 'transfer', 'Ada')).toEqual({ status: 'done' });
  expect(stream.events.at(-1)).toBe('clear');
  expect(house.agent.told.at(-1)).toBe('stop');
  await settle();
  expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
  expect(await house.next(1)).toMatch(/<Say.*<Dial.*\+15125550100/);
  expect(house.recorded).toMatchObject([
    {
      outcome: 'transferred',
      interruptions: 0,
      states: [{ name: 'greeting' }, { name: 'transferring' }],
      summary: expect.stringContaining('staff took the call over'),
      callback: { reason: 'no_person_answered', is_dialled: true },
    },
  ]);
});

it('a call that staff end says goodbye, and nobody has to ring back', async () => {
  const house = new PhoneHouse();
  const stream = await speakingCall(house);
  house.agent.control.session.change({ intent: 'book_appointment', current_state: 'booking' });
  expect(await press(house, 'end')).toEqual({ status: 'done' });
  await settle();
  expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
  expect(await house.next(1)).toMatch(/<Say.*Goodbye\..*<Hangup\/>/);
  expect(house.recorded).toMatchObject([
    { outcome: 'completed', summary: expect.stringContaining('staff ended the call'), callback: null },
  ]);
});

it('of several who press one wins, and the others learn who, also when the call is over', async () => {
  const house = new PhoneHouse();
  await speakingCall(house);
  const taken = { status: 'taken', intervention: { kind: 'end', by: 'Ada' } };
  const results = await Promise.all([
    press(house, 'end', 'Ada'),
    press(house, 'transfer'),
    press(house, 'end'),
  ]);
  expect(results).toMatchObject([{ status: 'done' }, taken, taken]);
  await settle();
  expect(await press(house, 'transfer')).toMatchObject(taken);
  await house.next(1);
  expect(await press(house, 'transfer')).toMatchObject(taken);
  expect(house.recorded).toHaveLength(1);
});

it('a call is left alone that is not there, has just begun, is over, or that nobody could be dialled for', async () => {
  const house = new PhoneHouse();
  expect(await press(house, 'end')).toEqual({ status: 'unknown' });
  const stream = house.connect(await house.voice(1), 1);
  expect(await press(house, 'end')).toEqual({ status: 'unknown' });
  stream?.start();
  await settle();
  stream?.stop();
  await settle();
  expect(await press(house, 'end')).toEqual({ status: 'over' });
  const alone = new PhoneHouse({ shopOf: nobodyToDial });
  await speakingCall(alone);
  expect(await press(alone, 'transfer')).toEqual({ status: 'nobody_to_dial' });
  expect(alone.line.registry.liveCount).toBe(1);
});

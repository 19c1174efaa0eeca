import { describe, expect, test } from 'vitest';
import type { Step } from '../../../src/agents/keypad/keypad-moves.js';
import { sessionChange } from '../../../src/agents/keypad/keypad-session.js';
import { resume } from '../../../src/agents/keypad/keypad-start.js';
import type { Session } from '../../../src/sessions/session.js';
import {
  BRAKES,
  call,
  doings,
  go,
  type Happening,
  lookedUp,
  NINE,
  NO_VEHICLES,
  NOON,
  ROW,
  TEN,
  TIMES,
  withoutPerson,
  withPerson,
  words,
} from '../../support/menu-script.js';
import { sessionOf } from '../../support/scripted-call-control.js';

describe('after a break of the stream', () => {
  const resumed = (session: Partial<Session>, menu = withPerson) => resume(sessionOf(session), menu, true);
  const collected_data = { service_type: 'brakes', vehicle_id: 3, appointment_time: TEN };

  test('the call goes on where it was', () => {
    expect(words(resumed({}))).toMatch(/^Sorry, we were cut off\. To book an appointment/);
    expect(words(resumed({ current_state: 'collecting_info' }))).toContain('Which service?');
    expect(
      lookedUp(resumed({ current_state: 'collecting_info', collected_data: { service_type: 'tires' } })),
    ).toEqual({
      kind: 'identify',
    });
    const choosing = resumed({ current_state: 'booking', collected_data: { service_type: 'brakes' } });
    expect(lookedUp(choosing)).toMatchObject({ kind: 'find' });
    expect(doings(resumed({ current_state: 'transferring' }))).toEqual(['say', 'transfer']);
  });

  test.each(['booking', 'confirmation'] as const)(
    'a time that was chosen is kept again and read back, from %s',
    (current_state) => {
      const again = resumed({ current_state, collected_data });
      expect(lookedUp(again)).toEqual({ kind: 'hold', serviceType: 'brakes', startsAt: TEN });
      expect(words(go(again, [{ kind: 'held' }]))).toMatch(/^Your brake service would be/);
      expect(lookedUp(go(again, [{ kind: 'held' }, '1']))).toMatchObject({ kind: 'book', vehicleId: 3 });
    },
  );

  const booked = { ...collected_data, appointment_id: 12 };
  const heard = { ...booked, appointment_confirmed: true } as const;
  const confirms = { appointment: 12, sentences: 3 };

  test('a booking that ended the call is told once more, and is not asked of the desk again', () => {
    for (const intent of ['book_appointment', 'move_appointment'] as const) {
      const told = resumed({ current_state: 'completed', intent, collected_data: booked });
      expect(words(told)).toBe(
        `Sorry, we were cut off. Your brake service is booked. We will see you on «${TEN}». Goodbye.`,
      );
      expect(doings(told)).toEqual(['say', 'hang_up']);
      expect(told.effects[0]).toMatchObject({ confirms });
      expect(sessionChange(told.state, sessionOf({ collected_data: booked }))?.collected_data).toEqual(
        booked,
      );
      const again = resumed({ current_state: 'completed', intent, collected_data: heard });
      expect(words(again)).toBe(words(told));
      expect(again.effects[0]).not.toHaveProperty('confirms');
    }
  });

  test('a caller who has heard of the booking and is not done gets the menu', () => {
    for (const current_state of ['booking', 'confirmation', 'collecting_info', 'greeting'] as const) {
      const step = resumed({ current_state, intent: 'book_appointment', collected_data: heard });
      expect(words(step)).toMatch(/^Sorry, we were cut off\. To book an appointment, press 1/);
      expect(doings(step)).toEqual(['say']);
    }
  });

  test('a caller who has not heard of the booking hears of it, and then the menu', () => {
    const session = { current_state: 'confirmation', collected_data: booked } as const;
    const told = resumed(session);
    const tells = `Your brake service is booked. We will see you on «${TEN}». To book an appointment, press 1.`;
    expect(words(told)).toContain(`Sorry, we were cut off. ${tells}`);
    expect(told.effects).toMatchObject([{ do: 'say', confirms }]);
    expect(words(go(told, ['*']))).toContain(tells);
    const without = resume(sessionOf(session), withPerson, false);
    expect(without.effects).toMatchObject([{ confirms: { ...confirms, sentences: 2 } }]);
  });

  describe('what another agent has booked', () => {
    const menu = resumed({ current_state: 'booking', intent: 'book_appointment', collected_data: heard });
    const kept = (step: Step) =>
      sessionChange(step.state, sessionOf({ collected_data: heard }))?.collected_data;
    const confirming = go(menu, ['1', '3', NO_VEHICLES, TIMES, '1', { kind: 'held' }]);

    test('stands in the session while the caller chooses something else, and when that is not booked', () => {
      expect(kept(confirming)).toEqual(heard);
      expect(lookedUp(go(confirming, ['1']))).toMatchObject({ kind: 'book', serviceType: 'tires' });
      const failed = go(confirming, ['1', { kind: 'failed' }]);
      expect(words(failed)).toMatch(/^Your appointment is not confirmed yet\. I cannot reach/);
      expect(kept(failed)).toEqual(heard);
      expect(kept(go(menu, [null, null, null], withoutPerson))).toEqual({ ...heard, unanswered: true });
    });

    test('makes way for what is booked after it', () => {
      const row = { id: 13, service_type: 'tires', date: NINE };
      const done = go(confirming, ['1', { kind: 'booked', appointment: row }]);
      expect(doings(done)).toEqual(['say', 'hang_up']);
      expect(kept(done)).toMatchObject({ service_type: 'tires', appointment_time: NINE, appointment_id: 13 });
    });

    test('is not taken for the new choice, where the desk gives it for the same time', () => {
      const row = { id: 12, service_type: 'brakes', date: TEN };
      const told = go(confirming, ['1', { kind: 'booked', appointment: row }]);
      expect(words(told)).toBe('I am sorry, that time has just been taken.');
      expect(lookedUp(told)).toMatchObject({ kind: 'find', serviceType: 'tires' });
    });

    test('has its new time when it was moved, and is gone when it was cancelled', () => {
      const own = { ...BRAKES, date: TEN };
      const listed: readonly Happening[] = ['2', { kind: 'appointments', appointments: [own] }];
      const cancelling = go(menu, [...listed, '2', '1']);
      expect(kept(cancelling)).toMatchObject(heard);
      const cancelled = go(cancelling, [{ kind: 'cancelled', appointment: { ...ROW, date: TEN } }]);
      expect(kept(cancelled)).toMatchObject({ appointment_change: 'cancelled' });
      expect(kept(cancelled)).not.toHaveProperty('appointment_id');
      const moving = go(menu, [...listed, '1', TIMES, '3', { kind: 'held' }, '1']);
      const moved = go(moving, [{ kind: 'moved', appointment: ROW }]);
      expect(kept(moved)).toMatchObject({ appointment_id: 12, appointment_time: NOON, vehicle_id: 3 });
    });
  });

  test('a call-back that was promised is promised once more', () => {
    const again = resumed({
      current_state: 'completed',
      collected_data: { service_type: 'brakes', callback_requested: true },
    });
    expect(words(again)).toMatch(/^Sorry, we were cut off\. .* the shop will call you back .* Goodbye\.$/);
    expect(doings(again)).toEqual(['say', 'hang_up']);
    const asked = resumed({ current_state: 'confirmation', collected_data: { callback_requested: true } });
    expect(words(asked)).toMatch(/the shop will call you back .* If your car does not drive, press 1\./);
  });

  test('a caller to whom another agent has promised a call-back is told of it, and gets the menu', () => {
    const collected_data = { callback_requested: true } as const;
    for (const current_state of ['greeting', 'confirmation'] as const) {
      const step = resume(sessionOf({ current_state, collected_data }), withPerson, false);
      expect(words(step)).toMatch(/^I have noted your request, .* To book an appointment, press 1\./);
      expect(step.state.place).toEqual({ name: 'menu' });
    }
  });

  test('a session that tells nothing usable leads to the menu', () => {
    const foreign = { service_type: 'car_wash', note: 'from another agent' };
    for (const current_state of ['booking', 'confirmation', 'completed'] as const) {
      const step = resumed({ current_state, collected_data: foreign });
      expect(words(step)).toMatch(/^Sorry, we were cut off\. To book/);
    }
  });

  test('what other agents collected stays in the session', () => {
    const session = sessionOf({ collected_data: { note: 'a rattle', service_type: 'tires' } });
    const { state } = call(['1', '2']);
    expect(sessionChange(state, session)?.collected_data).toEqual({
      note: 'a rattle',
      service_type: 'brakes',
    });
  });
});

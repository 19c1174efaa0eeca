import { describe, expect, test } from 'vitest';
import { sessionChange } from '../../../src/agents/keypad/keypad-session.js';
import { resume } from '../../../src/agents/keypad/keypad-start.js';
import type { Session } from '../../../src/sessions/session.js';
import { call, doings, go, lookedUp, ROW, TEN, withPerson, words } from '../../support/menu-script.js';
import { sessionOf } from '../../support/scripted-call-control.js';

describe('after a break of the stream', () => {
  const resumed = (session: Partial<Session>, menu = withPerson) => resume(sessionOf(session), menu);
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

  test('a booking that was written is confirmed once more from its row', () => {
    const again = resumed({
      current_state: 'confirmation',
      collected_data: { ...collected_data, appointment_id: 12 },
    });
    expect(lookedUp(again)).toMatchObject({ kind: 'book', startsAt: TEN });
    expect(doings(go(again, [{ kind: 'booked', appointment: ROW }]))).toEqual(['say', 'hang_up']);
  });

  test('a booking that was written is confirmed once more even when the book is out of reach', () => {
    const session = {
      current_state: 'completed',
      collected_data: { ...collected_data, appointment_id: 12 },
    } as const;
    const told = go(resumed(session), [{ kind: 'failed' }]);
    expect(words(told)).toMatch(/^Your brake service is booked\. We will see you on «.*»\. Goodbye\.$/);
    expect(doings(told)).toEqual(['say', 'hang_up']);
    expect(told.state.appointment).toBe(12);
  });

  test('a booking that another agent has moved is confirmed from the session: it is not booked a second time', () => {
    const told = resumed({
      current_state: 'confirmation',
      intent: 'move_appointment',
      collected_data: { ...collected_data, appointment_id: 12 },
    });
    expect(lookedUp(told)).toBeUndefined();
    expect(words(told)).toMatch(/^Sorry, we were cut off\. Your brake service is booked\. .* Goodbye\.$/);
  });

  test('a call-back that was promised is promised once more', () => {
    const again = resumed({
      current_state: 'completed',
      collected_data: { service_type: 'brakes', callback_requested: true },
    });
    expect(words(again)).toMatch(/^Sorry, we were cut off\. .* the shop will call you back .* Goodbye\.$/);
    expect(doings(again)).toEqual(['say', 'hang_up']);
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

import { describe, expect, test } from 'vitest';
import { resume } from '../../../src/agents/keypad/keypad-start.js';
import type { ToldAppointment } from '../../../src/agents/keypad/keypad-state.js';
import type { Session } from '../../../src/sessions/session.js';
import {
  BRAKES,
  call,
  doings,
  go,
  type Happening,
  lookedUp,
  NINE,
  NOON,
  ROW,
  sessionAfter,
  TEN,
  TIMES,
  withoutPerson,
  withPerson,
  words,
} from '../../support/menu-script.js';
import { menuContext } from '../../support/menu-walks.js';
import { sessionOf } from '../../support/scripted-call-control.js';

const INSPECTION: ToldAppointment = { ...BRAKES, id: 13, service_type: 'inspection', date: TEN };
const READY: ToldAppointment = { ...BRAKES, id: 14, status: 'ready', mayChange: false };
const listing = (...appointments: ToldAppointment[]) => ({ kind: 'appointments', appointments }) as const;
const hears = (...appointments: ToldAppointment[]): Happening[] => ['2', listing(...appointments)];
const toMove: readonly Happening[] = [...hears(BRAKES), '1', TIMES];
const toReadBack: readonly Happening[] = [...toMove, '1', { kind: 'held' }];
const toCancel: readonly Happening[] = [...hears(BRAKES), '2'];

describe('a verified caller’s appointments', () => {
  test('are counted and read out one after the other, and after the last the first', () => {
    const first = call(hears(BRAKES, INSPECTION));
    expect(words(first)).toBe(
      `You have two appointments. Your brake service is on «${NOON}». ` +
        'To change it, press 1. To cancel it, 2. For the next one, 3. For the main menu, star.',
    );
    const second = go(first, ['3']);
    expect(words(second)).toMatch(/^Your inspection is on «.*T10:00.*To change it, press 1\./);
    expect(words(go(second, ['3']))).toMatch(
      /^That was the last one, so I will go .* Your brake service is on/,
    );
  });

  test('that are one have no next', () => {
    const only = call(hears(BRAKES));
    expect(words(only)).toBe(
      `You have one appointment. Your brake service is on «${NOON}». To change it, press 1. To cancel it, 2. For the main menu, star.`,
    );
    expect(words(go(only, ['3']))).toMatch(/^Sorry, that key is not one of the choices\. Your brake service/);
  });

  test('are left by star for the menu, and read again after a silence', () => {
    const told = call(hears(BRAKES));
    expect(words(go(told, ['*']))).toMatch(/^To book an appointment/);
    expect(sessionAfter(go(told, ['*']))?.collected_data).toEqual({});
    expect(words(go(told, [null]))).toMatch(/^Your brake service is on/);
  });

  test('of a service that the shop does not have any more are told by its name', () => {
    expect(words(call(hears({ ...BRAKES, service_type: 'wash' })))).toContain(
      `Your car wash is on «${NOON}».`,
    );
  });

  test('stand in the session while they are heard', () => {
    expect(sessionAfter(call(hears(BRAKES)))).toEqual({
      current_state: 'collecting_info',
      intent: 'list_appointments',
      collected_data: { chosen_appointment_id: 12 },
    });
  });
});

describe('a car that is in the shop', () => {
  test.each([
    ['arrived', 'Work on it has not begun yet.'],
    ['in_progress', 'We are working on it.'],
    ['waiting_for_parts', 'It is waiting for parts.'],
    ['ready', 'It is ready to be picked up.'],
  ] as const)('and is %s is told of so, and cannot be moved or cancelled by a key', (status, standing) => {
    const told = call(hears({ ...READY, status }));
    expect(words(told)).toBe(
      `You have one appointment. Your 2019 Honda Civic is in the shop for its brake service. ${standing} For the main menu, press star.`,
    );
    expect(sessionAfter(told)?.intent).toBe('vehicle_status');
    for (const key of ['1', '2']) {
      const refused = go(told, [key]);
      expect(words(refused)).toMatch(
        /^I am sorry, I cannot change that appointment myself\. A person at the shop can help you with that\. To have/,
      );
      expect(doings(refused)).toEqual(['say']);
    }
  });

  test('without a vehicle on file is “your car”', () => {
    expect(words(call(hears({ ...READY, car: null })))).toContain(
      'Your car is in the shop for its brake service.',
    );
  });
});

describe('moving an appointment', () => {
  test('offers times for its service but its own, keeps the chosen one, reads it back and moves it', () => {
    const asked = call([...hears(BRAKES), '1']);
    expect(lookedUp(asked)).toEqual({ kind: 'find', serviceType: 'brakes', after: null, except: NOON });
    expect(sessionAfter(asked)).toEqual({
      current_state: 'booking',
      intent: 'move_appointment',
      collected_data: { chosen_appointment_id: 12, service_type: 'brakes' },
    });
    expect(words(call(toMove))).toMatch(/^Open times are on «2026-11-24»\. For «09:00», press 1\./);
    expect(lookedUp(call([...toMove, '1']))).toEqual({ kind: 'hold', serviceType: 'brakes', startsAt: NINE });
    expect(words(call(toReadBack))).toBe(
      `Your brake service would move to on «${NINE}». To confirm, press 1. For another time, 2.`,
    );
    expect(lookedUp(call([...toReadBack, '1']))).toEqual({
      kind: 'move',
      appointmentId: 12,
      toldTime: NOON,
      startsAt: NINE,
    });
    const moved = call([...toReadBack, '1', { kind: 'moved', appointment: { ...ROW, date: NINE } }]);
    expect(words(moved)).toBe(`Your brake service has been moved. We will see you on «${NINE}». Goodbye.`);
    expect(doings(moved)).toEqual(['say', 'hang_up']);
    expect(sessionAfter(moved)?.collected_data).toEqual({
      service_type: 'brakes',
      appointment_time: NINE,
      chosen_appointment_id: 12,
      appointment_change: 'moved',
    });
  });

  test('gives the kept place up when the caller chooses again, and tries the next times when it was taken', () => {
    expect(doings(call([...toReadBack, '2']))).toEqual(['release', 'look_up']);
    for (const taken of [
      call([...toMove, '1', { kind: 'taken' }]),
      call([...toReadBack, '1', { kind: 'taken' }]),
    ]) {
      expect(words(taken)).toBe('I am sorry, that time has just been taken.');
      expect(lookedUp(taken)).toMatchObject({ kind: 'find', serviceType: 'brakes', except: NOON });
    }
  });

  test('beyond the limits of a caller leads to a call-back or the person', () => {
    const refused = call([...toReadBack, '1', { kind: 'over_limit' }], withoutPerson);
    expect(words(refused)).toMatch(/^I am sorry, I cannot book .* To have the shop call you back, press 4\./);
    expect(sessionAfter(refused)?.collected_data).toEqual({ service_type: 'brakes' });
  });

  test('that the shop has changed meanwhile is said so, and read out as it is now', () => {
    const changed = call([...toReadBack, '1', { kind: 'changed' }]);
    expect(words(changed)).toBe('That appointment has been changed at the shop meanwhile.');
    expect(lookedUp(changed)).toEqual({ kind: 'list', goOn: { as: 'hear', id: 12, time: null } });
    const now = { ...BRAKES, date: TEN };
    expect(words(go(changed, [listing(INSPECTION, now)]))).toMatch(/^Your brake service is on «.*T10:00/);
    expect(words(go(changed, [listing(INSPECTION)]))).toMatch(/^You have one appointment\. Your inspection/);
    expect(words(go(changed, [listing()]))).toMatch(/^You have no upcoming appointments\. To book/);
  });

  test('whose outcome is not known is said so, and asked again without moving twice', () => {
    const unknown = call([...toReadBack, '1', { kind: 'failed' }]);
    expect(words(unknown)).toMatch(/^The change is not confirmed yet\. I cannot reach the appointment book/);
    expect(lookedUp(go(unknown, ['1']))).toEqual(lookedUp(call([...toReadBack, '1'])));
  });

  test('has no other service to offer where no time is open', () => {
    const none = call([...hears(BRAKES), '1', { kind: 'times', times: [] }]);
    expect(words(none)).toBe(
      'I am sorry, there is no open time for your brake service at the moment. For the main menu, press 2. A person, 0.',
    );
    expect(words(go(none, ['1']))).toMatch(/^Sorry, that key/);
  });

  test('of a service that callers cannot book leads to the person', () => {
    const gone = call([...hears({ ...BRAKES, service_type: 'wash' }), '1']);
    expect(words(gone)).toMatch(/^I am sorry, I cannot change that appointment myself\./);
  });

  test('is finished before a person comes', () => {
    const asked = call([...toReadBack, '1', '0']);
    expect(words(asked)).toBe('One moment, please.');
    const moved = go(asked, [{ kind: 'moved', appointment: ROW }]);
    expect(words(moved)).toMatch(/^Your brake service has been moved\. .* I will connect you/);
    expect(doings(moved)).toEqual(['say', 'transfer']);
    expect(words(go(asked, [{ kind: 'failed' }]))).toMatch(
      /^The change is not confirmed yet\. I will connect/,
    );
    expect(words(go(asked, [{ kind: 'taken' }]))).toMatch(
      /^I am sorry, that time has just .* I will connect/,
    );
  });
});

describe('cancelling an appointment', () => {
  test('reads it back, and cancels it by the key that says so', () => {
    const asked = call(toCancel);
    expect(words(asked)).toBe(
      `Shall I cancel your brake service on «${NOON}»? To cancel it, press 1. To keep it, 2.`,
    );
    expect(sessionAfter(asked)).toEqual({
      current_state: 'confirmation',
      intent: 'cancel_appointment',
      collected_data: { chosen_appointment_id: 12 },
    });
    expect(lookedUp(call([...toCancel, '1']))).toEqual({ kind: 'cancel', appointmentId: 12, toldTime: NOON });
    const done = call([...toCancel, '1', { kind: 'cancelled', appointment: ROW }]);
    expect(words(done)).toBe(`Your brake service on «${NOON}» has been cancelled. Goodbye.`);
    expect(doings(done)).toEqual(['say', 'hang_up']);
    expect(sessionAfter(done)?.collected_data).toEqual({
      service_type: 'brakes',
      chosen_appointment_id: 12,
      appointment_change: 'cancelled',
    });
  });

  test('that is thought better of leaves it as it is, and reads it again', () => {
    const kept = call([...toCancel, '2']);
    expect(lookedUp(kept)).toEqual({ kind: 'list', goOn: { as: 'hear', id: 12, time: null } });
    expect(words(go(kept, [listing(INSPECTION, BRAKES)]))).toMatch(/^Your brake service is on/);
    expect(words(call([...toCancel, '*']))).toBe(words(call(toCancel)));
    expect(words(call([...toCancel, '7']))).toMatch(/^Sorry, that key .* Shall I cancel/);
  });

  test('that the desk refuses leads to the person, and one that failed is asked again', () => {
    expect(words(call([...toCancel, '1', { kind: 'refused' }]))).toMatch(/^I am sorry, I cannot change/);
    const failed = call([...toCancel, '1', { kind: 'failed' }]);
    expect(words(failed)).toMatch(/^The change is not confirmed yet\./);
    expect(lookedUp(go(failed, ['1']))).toEqual(lookedUp(call([...toCancel, '1'])));
  });
});

describe('after a break of the stream', () => {
  const resumed = (session: Partial<Session>) => resume(sessionOf(session), withPerson, true);
  const moving = {
    current_state: 'confirmation',
    intent: 'move_appointment',
    collected_data: { chosen_appointment_id: 12, service_type: 'brakes', appointment_time: NINE },
  } as const;

  test('the appointment that was being heard is read out again', () => {
    const again = resumed({
      current_state: 'collecting_info',
      intent: 'vehicle_status',
      collected_data: { chosen_appointment_id: 14 },
    });
    expect(lookedUp(again)).toEqual({ kind: 'list', goOn: { as: 'hear', id: 14, time: null } });
    expect(words(go(again, [listing(INSPECTION, READY)]))).toMatch(/^Your 2019 Honda Civic is in the shop/);
  });

  test('a move goes on where it was: with the kept time, or with the times', () => {
    const again = go(resumed(moving), [listing(INSPECTION, BRAKES)]);
    expect(lookedUp(again)).toEqual({ kind: 'hold', serviceType: 'brakes', startsAt: NINE });
    expect(words(go(again, [{ kind: 'held' }]))).toMatch(/^Your brake service would move to/);
    expect(lookedUp(go(again, [{ kind: 'held' }, '1']))).toMatchObject({ kind: 'move', toldTime: NOON });
    const { appointment_time: _, ...choosing } = moving.collected_data;
    const earlier = resumed({ ...moving, current_state: 'booking', collected_data: choosing });
    expect(lookedUp(go(earlier, [listing(BRAKES)]))).toMatchObject({ kind: 'find', serviceType: 'brakes' });
  });

  test('a move that was made before the break is told, and not made again', () => {
    const told = go(resumed(moving), [listing({ ...BRAKES, date: '2026-11-24T15:00:00Z' })]);
    expect(words(told)).toMatch(/^Your brake service has been moved\. .* Goodbye\.$/);
    expect(doings(told)).toEqual(['say', 'hang_up']);
  });

  test('a cancellation is asked for again while the appointment stands, else told', () => {
    const session = {
      current_state: 'confirmation',
      intent: 'cancel_appointment',
      collected_data: { chosen_appointment_id: 12 },
    } as const;
    expect(words(go(resumed(session), [listing(BRAKES)]))).toMatch(/^Shall I cancel your brake service/);
    const gone = go(resumed(session), [listing(INSPECTION)]);
    expect(lookedUp(gone)).toEqual({ kind: 'cancel', appointmentId: 12, toldTime: null });
    expect(words(go(gone, [{ kind: 'cancelled', appointment: ROW }]))).toMatch(
      /has been cancelled\. Goodbye\.$/,
    );
  });

  test('what was done and perhaps not heard is told once more', () => {
    const moved = { ...moving.collected_data, appointment_change: 'moved' } as const;
    const told = resumed({ ...moving, current_state: 'completed', collected_data: moved });
    expect(words(told)).toMatch(
      /^Sorry, we were cut off\. Your brake service has been moved\. We will see you/,
    );
    const cancelled = { chosen_appointment_id: 12, appointment_change: 'cancelled' } as const;
    const other = resumed({ current_state: 'completed', collected_data: cancelled });
    expect(words(other)).toBe('Sorry, we were cut off. That appointment has been cancelled. Goodbye.');
    expect(doings(other)).toEqual(['say', 'hang_up']);
  });

  test('a caller who must prove it first is asked for digits', () => {
    expect(words(go(resumed(moving), [{ kind: 'vin_wanted' }]))).toMatch(
      /^To hear your appointments, please enter/,
    );
  });

  test('another agent’s change without an appointment begins with the list', () => {
    const other = resumed({ ...moving, collected_data: {} });
    expect(lookedUp(other)).toEqual({ kind: 'list', goOn: null });
    expect(
      lookedUp(resume(sessionOf({ ...moving, current_state: 'greeting' }), menuContext(true), true)),
    ).toBeUndefined();
  });
});

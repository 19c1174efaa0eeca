import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/agents/keypad/keypad-state.js';
import {
  call,
  doings,
  FORD,
  go,
  type Happening,
  HONDA,
  lookedUp,
  NO_VEHICLES,
  NOON,
  ROW,
  sessionAfter,
  TEN,
  TIMES,
  toConfirm,
  toTimes,
  withoutPerson,
  words,
} from '../../support/menu-script.js';
import { menuContext } from '../../support/menu-walks.js';

describe('booking', () => {
  test('asks for the service, finds times, keeps the chosen one, reads it back and books it', () => {
    expect(words(call(['1']))).toBe(
      'Which service? For an oil change, press 1. Brakes, 2. Tires, 3. An inspection, 4. Something else, 5.',
    );
    expect(lookedUp(call(['1', '2']))).toEqual({ kind: 'identify' });
    expect(lookedUp(call(['1', '2', NO_VEHICLES]))).toEqual({
      kind: 'find',
      serviceType: 'brakes',
      after: null,
      except: null,
    });
    expect(words(call(toTimes))).toBe(
      'Open times are on «2026-11-24». For «09:00», press 1. «10:00», 2. «12:00», 3. ' + 'Later times, 4.',
    );
    expect(lookedUp(call([...toTimes, '2']))).toEqual({
      kind: 'hold',
      serviceType: 'oil_change',
      startsAt: TEN,
    });
    expect(words(call(toConfirm))).toBe(
      `Your oil change would be on «${TEN}». To confirm, press 1. For another time, 2.`,
    );
    expect(lookedUp(call([...toConfirm, '1']))).toEqual({
      kind: 'book',
      serviceType: 'oil_change',
      vehicleId: null,
      startsAt: TEN,
    });
  });

  test('confirms what the row says, says goodbye and hangs up', () => {
    const done = call([...toConfirm, '1', { kind: 'booked', appointment: ROW }]);
    expect(words(done)).toBe(`Your brake service is booked. We will see you on «${NOON}». Goodbye.`);
    expect(doings(done)).toEqual(['say', 'hang_up']);
    expect(done.effects[0]).toMatchObject({ confirms: { appointment: 12, sentences: 2 } });
    expect(sessionAfter(done)).toMatchObject({
      collected_data: { service_type: 'brakes', appointment_time: NOON, appointment_id: 12 },
      intent: 'book_appointment',
    });
  });

  test('passes through the states of a booking with what is known so far', () => {
    const walk = [['1'], ['1', '1', NO_VEHICLES, TIMES], toConfirm] as const;
    expect(walk.map((happenings) => sessionAfter(call(happenings)))).toEqual([
      { current_state: 'collecting_info', intent: 'book_appointment', collected_data: {} },
      {
        current_state: 'booking',
        intent: 'book_appointment',
        collected_data: { service_type: 'oil_change' },
      },
      {
        current_state: 'confirmation',
        intent: 'book_appointment',
        collected_data: { service_type: 'oil_change', appointment_time: TEN },
      },
    ]);
  });

  test('uses the only vehicle of a known customer without asking, and says so when reading back', () => {
    const confirm = call(['1', '1', { kind: 'vehicles', vehicles: [HONDA] }, TIMES, '1', { kind: 'held' }]);
    expect(words(confirm)).toContain('Your oil change for your 2019 Honda Civic would be');
    expect(sessionAfter(confirm)?.collected_data).toMatchObject({ vehicle_id: 3 });
  });

  test('asks which vehicle when there are several', () => {
    const asked: readonly Happening[] = ['1', '1', { kind: 'vehicles', vehicles: [HONDA, FORD] }];
    expect(words(call(asked))).toBe(
      'Which vehicle is it for? For the 2019 Honda Civic, press 1. The 2021 Ford Transit, 2.',
    );
    expect(words(call([...asked, '3']))).toMatch(/^Sorry, that key .* Which vehicle/);
    expect(sessionAfter(call([...asked, '2']))?.collected_data).toMatchObject({ vehicle_id: 4 });
  });

  test('goes on without a vehicle when the customer cannot be found in time', () => {
    expect(lookedUp(call(['1', '1', { kind: 'failed' }]))).toMatchObject({ kind: 'find' });
  });

  test('offers later times, and goes back to the first when there are none', () => {
    const later = call([...toTimes, '4']);
    expect(lookedUp(later)).toMatchObject({ kind: 'find', after: NOON });
    expect(words(call([...toTimes, '4', { kind: 'times', times: [NOON] }]))).toMatch(
      /^Here are later times\./,
    );
    const none = call([...toTimes, '4', { kind: 'times', times: [] }]);
    expect(words(none)).toMatch(/^Those were the last open times/);
    expect(lookedUp(none)).toMatchObject({ kind: 'find', after: null });
  });

  test('says a day that the offered times share once, else each time with its day', () => {
    const nextDay = '2026-11-25T08:00:00-06:00';
    const later = call([...toTimes, '4', { kind: 'times', times: [TEN, NOON] }]);
    expect(words(later)).toMatch(/^Later times are on «2026-11-24»\. For «10:00», press 1\./);
    expect(words(call(['1', '1', NO_VEHICLES, { kind: 'times', times: [NOON, nextDay] }]))).toBe(
      `Here are the next open times. For «${NOON}», press 1. «${nextDay}», 2. Later times, 4.`,
    );
  });

  test('gives the kept place up and offers the same page when the caller chooses again', () => {
    const page2: readonly Happening[] = [
      ...toTimes,
      '4',
      { kind: 'times', times: [NOON] },
      '1',
      { kind: 'held' },
    ];
    const again = call([...page2, '2']);
    expect(doings(again)).toEqual(['release', 'look_up']);
    expect(lookedUp(again)).toMatchObject({ kind: 'find', after: NOON });
    expect(sessionAfter(again)?.collected_data).not.toHaveProperty('appointment_time');
  });

  test('apologises and offers the next times when the time was taken meanwhile', () => {
    for (const taken of [
      call([...toTimes, '2', { kind: 'taken' }]),
      call([...toConfirm, '1', { kind: 'taken' }]),
    ]) {
      expect(words(taken)).toBe('I am sorry, that time has just been taken.');
      expect(lookedUp(taken)).toMatchObject({ kind: 'find' });
      expect(taken.state.time).toBeNull();
    }
  });

  test('offers another service or a person when nothing is open', () => {
    const none = call(['1', '3', NO_VEHICLES, { kind: 'times', times: [] }]);
    expect(words(none)).toBe(
      'I am sorry, there is no open time for your tire service at the moment. For another service, press 1. ' +
        'The main menu, 2. A person, 0.',
    );
    expect(words(go(none, ['1']))).toContain('Which service?');
    expect(lookedUp(go(none, ['1', '2', NO_VEHICLES]))).toMatchObject({ serviceType: 'brakes' });
  });

  test('a second booking starts with nothing of the first', () => {
    const again = call([...toConfirm, '2', { kind: 'failed' }, '3', '1']);
    expect(sessionAfter(again)?.collected_data).toEqual({});
  });
});

describe('when the appointment book cannot be reached', () => {
  test('says so and offers to try again or a person, whatever was asked', () => {
    const failed: Answer = { kind: 'failed' };
    const failures = [
      ['2', failed],
      ['1', '1', NO_VEHICLES, failed],
      [...toTimes, '1', failed],
    ] as const;
    for (const happenings of failures) {
      const told = call(happenings);
      expect(words(told)).toBe(
        'I cannot reach the appointment book right now. To try again, press 1. ' +
          'To have the shop call you back, 2. For the main menu, 3. For a person, 0.',
      );
      expect(lookedUp(go(told, ['1']))).toEqual(lookedUp(call(happenings.slice(0, -1))));
    }
  });

  test('does not pretend that a booking was written', () => {
    const told = call([...toConfirm, '1', { kind: 'failed' }]);
    expect(words(told)).toMatch(/^Your appointment is not confirmed yet\. I cannot reach/);
    expect(lookedUp(go(told, ['1']))).toMatchObject({ kind: 'book', startsAt: TEN });
    expect(doings(go(told, ['3']))).toEqual(['release', 'say']);
  });
});

describe('a booking that the desk may not make for this caller', () => {
  const refused = [...toConfirm, '1', { kind: 'over_limit' }] as const;
  const OFFER = 'To have the shop call you back, press 4.';

  test('is told, with the call-back beside the menu, and the request is kept', () => {
    const told = call(refused, withoutPerson);
    expect(words(told)).toMatch(
      /^I am sorry, I cannot book this appointment for you myself\. To have the shop call you back, press 4\. To book/,
    );
    expect(sessionAfter(told)?.collected_data).not.toHaveProperty('appointment_time');
    const promised = call([...refused, '4'], withoutPerson);
    expect(words(promised)).toMatch(/^I have noted your request, and the shop will call you back/);
    expect(words(promised)).toMatch(
      /If your car does not drive, press 1\. Otherwise, you can hang up now\.$/,
    );
    expect(sessionAfter(promised)?.collected_data).toMatchObject({ callback_requested: true });
  });

  test('is told as soon as its time is chosen, before it is read back', () => {
    const told = call([...toConfirm.slice(0, -1), { kind: 'over_limit' }], withoutPerson);
    expect(words(told)).toBe(words(call(refused, withoutPerson)));
    expect(sessionAfter(told)?.collected_data).not.toHaveProperty('appointment_time');
  });

  test('is offered again after a wrong key, a silence, the hours and star, and no longer after something else', () => {
    for (const more of ['8', null, '3', '*']) expect(words(call([...refused, more]))).toContain(OFFER);
    expect(words(call([...refused, '1', '1', NO_VEHICLES, TIMES, '2', { kind: 'held' }]))).not.toContain(
      OFFER,
    );
    expect(words(call(['4']))).toContain('not one of the choices');
  });

  test('leads to the person whom the caller asks for, before the answer or after it', () => {
    expect(words(call(refused))).toContain('A person at the shop can help you with that.');
    expect(doings(call([...refused, '0']))).toEqual(['say', 'transfer']);
    expect(doings(call([...toConfirm, '1', '0', { kind: 'over_limit' }]))).toEqual(['say', 'transfer']);
    expect(words(call([...toConfirm, '1', '0', { kind: 'over_limit' }], withoutPerson))).toContain(OFFER);
  });

  test('is no dead end for a caller who shows no number', () => {
    const alone = menuContext(false, false);
    expect(words(call(refused, alone))).toContain('Please call again from a phone that shows its number.');
    expect(words(call(refused, alone))).not.toContain('call you back');
    expect(words(call([...refused, '4'], alone))).toContain('not one of the choices');
    expect(words(call(refused, menuContext(true, false)))).toContain(
      'A person at the shop can help you with that.',
    );
  });
});

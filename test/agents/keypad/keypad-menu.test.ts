import { describe, expect, test } from 'vitest';
import { HELLO } from '../../../src/agents/keypad/keypad-moves.js';
import { begin } from '../../../src/agents/keypad/keypad-start.js';
import {
  BRAKES,
  call,
  doings,
  go,
  NO_VEHICLES,
  ROW,
  sessionAfter,
  TIMES,
  toConfirm,
  toTimes,
  withoutPerson,
  withPerson,
  words,
} from '../../support/menu-script.js';
import { menuContext } from '../../support/menu-walks.js';

describe('the greeting', () => {
  test('says the shop first, then the name if there is one to say, then the choices', () => {
    const [say] = begin(withPerson).effects;
    expect(say).toMatchObject({ do: 'say' });
    expect(say?.do === 'say' && say.sentences.slice(0, 3)).toEqual([
      'Thank you for calling Bayline Auto Repair.',
      HELLO,
      'To book an appointment, press 1.',
    ]);
  });

  test('offers a person only where one can be reached', () => {
    expect(words(begin(withPerson))).toContain('For a person, 0.');
    expect(words(begin(withoutPerson))).not.toContain(', 0.');
  });

  test('says outside opening hours that the shop is closed and when it opens, before the choices', () => {
    const opens = '2026-11-25T08:00:00-06:00';
    const closed = (at: string | null) => begin(menuContext(true, true, {}, { isOpen: false, at }));
    expect(words(closed(opens))).toContain('We are closed until «08:00». To book');
    expect(words(closed(null))).toContain('We are closed. To book');
    expect(words(begin(menuContext(true, true, {}, { isOpen: true, at: opens })))).not.toContain('closed');
  });
});

describe('upcoming appointments', () => {
  test('that are none lead to the choices of the menu', () => {
    expect(words(call(['2', { kind: 'appointments', appointments: [] }]))).toMatch(
      /^You have no upcoming appointments\. To book/,
    );
  });

  test('are not read out to a number that proves nothing', () => {
    const refused = call(['2', { kind: 'not_identified' }]);
    expect(words(refused)).toMatch(
      /^I am sorry, I cannot check by phone who you are, so I cannot read out appointments\. A person/,
    );
    expect(sessionAfter(refused)).toMatchObject({ current_state: 'greeting', intent: 'list_appointments' });
  });
});

describe('hours and address', () => {
  test('are told together where the shop has given an address', () => {
    const shop = menuContext(true, true, { address: 'Main Street 12' });
    expect(words(begin(shop))).toContain('For hours and address, 3.');
    expect(words(call(['3'], shop))).toContain('five p.m. Our address is Main Street 12. To book');
    expect(words(begin(withPerson))).toContain('For our opening hours, 3.');
  });
});

describe('the opening hours', () => {
  test('are said, and then the choices again', () => {
    const told = call(['3']);
    expect(words(told)).toMatch(/^We are open Monday to Friday, eight a\.m\. to five p\.m\. To book/);
    expect(told.state.intent).toBe('shop_info');
  });
});

describe('a person', () => {
  test('is reached with 0 from anywhere', () => {
    for (const happenings of [[], ['1'], ['1', '1'], toTimes, [...toTimes, '1'], toConfirm] as const) {
      const handed = call([...happenings, '0']);
      expect(doings(handed)).toEqual(['say', 'transfer']);
      expect(sessionAfter(handed)).toMatchObject({ current_state: 'transferring', intent: 'talk_to_person' });
    }
  });

  test('comes after the outcome of a booking that is being written', () => {
    const asked = call([...toConfirm, '1', '0']);
    expect(words(asked)).toBe('One moment, please.');
    const booked = go(asked, [{ kind: 'booked', appointment: ROW }]);
    expect(words(booked)).toMatch(/^Your brake service is booked\. .* I will connect you/);
    expect(doings(booked)).toEqual(['say', 'transfer']);
    expect(words(go(asked, [{ kind: 'failed' }]))).toMatch(
      /^Your appointment is not confirmed yet\. I will connect/,
    );
  });

  test('who cannot be reached is said so, and the caller is offered the menu', () => {
    const told = call([...toConfirm, '0'], withoutPerson);
    expect(words(told)).toMatch(
      /^I am sorry, nobody can come to the phone right now\. To have the shop call you back, press 4\. To book/,
    );
    expect(doings(told)).toEqual(['release', 'say']);
    expect(sessionAfter(go(told, ['4'], withoutPerson))?.collected_data).toMatchObject({
      callback_requested: true,
    });
    const numberless = menuContext(false, false);
    expect(words(call([...toConfirm, '0'], numberless))).toMatch(
      /^I am sorry, nobody .* right now\. To book/,
    );
    const booked = call([...toConfirm, '1', '0', { kind: 'booked', appointment: ROW }], withoutPerson);
    expect(words(booked)).toMatch(/is booked\. .* nobody can come .* Goodbye\.$/);
  });
});

describe('keys and silence', () => {
  test('a wrong key says so and repeats', () => {
    expect(words(go(call(['2', { kind: 'appointments', appointments: [BRAKES] }]), ['9']))).toMatch(
      /^Sorry, that key/,
    );
    for (const key of ['9', '#', '4']) {
      expect(words(call([key]))).toMatch(/^Sorry, that key is not one of the choices\. To book/);
    }
  });

  test('the star key repeats where the caller is', () => {
    expect(words(call([...toTimes, '*']))).toBe(words(call(toTimes)));
  });

  test('a key while the desk is being asked is told to wait and answers nothing', () => {
    const waiting = call(['1', '1', NO_VEHICLES, '1']);
    expect(words(waiting)).toBe('One moment, please.');
    expect(words(go(waiting, [TIMES]))).toBe(words(call(toTimes)));
  });

  test('a key starts the count of silences anew', () => {
    expect(doings(call([null, null, '*', null, null]))).toEqual(['say']);
    expect(doings(call([null, null, null]))).toEqual(['say', 'transfer']);
    expect(words(call([null, null, null], withoutPerson))).toMatch(/^I did not get an answer.*Goodbye\.$/);
  });

  test('a caller who falls silent before confirming has booked nothing', () => {
    const ended = call([...toConfirm, null, null, null], withoutPerson);
    expect(ended.state.place).toEqual({ name: 'over', as: 'completed' });
    expect(sessionAfter(ended)?.collected_data).toEqual({
      service_type: 'oil_change',
      unanswered: true,
    });
  });

  test('nobody is given up for silence while the desk is being asked', () => {
    expect(call(['2', null, null, null, null]).effects).toEqual([]);
  });
});

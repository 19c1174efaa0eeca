import { expect, test } from 'vitest';
import { openNow } from '../../src/appointments/openings.js';
import { rulesOf } from '../support/shop-rules.js';

test.each([
  ['Mon-Fri 8-17', '2026-03-02T09:00', true, '2026-03-02T17:00'],
  ['Mon-Fri 8-17', '2026-03-02T07:59', false, '2026-03-02T08:00'],
  ['Mon-Fri 8-17', '2026-03-06T17:00', false, '2026-03-09T08:00'],
  ['Mon-Fri 8-12 13-17', '2026-03-02T12:30', false, '2026-03-02T13:00'],
  ['Fri 18:00-02:00', '2026-03-06T23:00', true, '2026-03-07T02:00'],
  ['24/7', '2026-03-02T09:00', true, null],
])('with %s it is known at %s whether the shop is open, and until when', (hours, time, isOpen, at) => {
  // Daylight saving time begins on the eighth.
  const offset = (text: string) => (text >= '2026-03-08T03' ? '-05:00' : '-06:00');
  const now = new Date(`${time}:00${offset(time)}`);
  const expected = { isOpen, at: at === null ? null : new Date(`${at}:00${offset(at)}`) };
  expect(openNow(rulesOf({ hours }), now)).toEqual(expected);
});

test('closures and special hours are told of, and a shop that is closed until further notice opens at no time', () => {
  const now = new Date('2026-03-02T15:00:00Z');
  const closure = { from: '2026-03-02', to: '2026-03-04', bay: null, hours: null };
  const opens = { isOpen: false, at: new Date('2026-03-05T14:00:00Z') };
  expect(openNow(rulesOf({}, [closure]), now)).toEqual(opens);
  expect(openNow(rulesOf({}, [{ ...closure, bay: 1 }]), now)).toMatchObject({ isOpen: true });
  const short = { ...closure, to: '2026-03-02', hours: '07:00-11:00' };
  expect(openNow(rulesOf({}, [short]), now)).toEqual({ isOpen: true, at: new Date('2026-03-02T17:00:00Z') });
  expect(openNow(rulesOf({}, [{ ...closure, to: '2027-03-04' }]), now)).toEqual({ isOpen: false, at: null });
});

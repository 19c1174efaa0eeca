import { expect, test } from 'vitest';
import { openNow } from '../../src/appointments/open-now.js';
import { parseOpeningHours } from '../../src/core/opening-hours.js';

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
  expect(openNow(parseOpeningHours(hours), 'America/Chicago', now)).toEqual(expected);
});

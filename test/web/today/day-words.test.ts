import { expect, test } from 'vitest';
import { closureText } from '../../../src/web/today/day-words.js';

test('a closure is told in the hours of the clock on the wall', () => {
  const none = { bay: null, hours: null, reason: null };
  expect(closureText(none)).toBe('Closed');
  expect(closureText({ ...none, bay: 2, reason: 'Lift is serviced' })).toBe('Bay 2 closed: Lift is serviced');
  expect(closureText({ ...none, hours: '09:00-12:00, 13:30-17:00' })).toBe(
    'Open 9:00 AM–12:00 PM, 1:30 PM–5:00 PM',
  );
  expect(closureText({ ...none, hours: '00:00-24:00', bay: 1 })).toBe('Bay 1 open 12:00 AM–12:00 AM');
});

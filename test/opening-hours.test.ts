import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOpeningHours, spokenHours } from '../src/opening-hours.js';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

describe('opening hours', () => {
  test('are read by weekday', () => {
    const weekday = [{ opens: 480, closes: 1020 }];
    expect(parseOpeningHours('Mon-Fri 08:00-17:00, Sat 09:00-12:00')).toEqual([
      weekday,
      weekday,
      weekday,
      weekday,
      weekday,
      [{ opens: 540, closes: 720 }],
      [],
    ]);
  });

  test('may pass Sunday, have a break and end at midnight', () => {
    const hours = parseOpeningHours('Sat-Mon 13:00-24:00,Mon 08:00-12:00');
    expect(hours.map((spans) => spans.length)).toEqual([2, 0, 0, 0, 0, 1, 1]);
    expect(hours[0]).toEqual([
      { opens: 480, closes: 720 },
      { opens: 780, closes: 1440 },
    ]);
  });

  test.each([
    ['', 'cannot be read'],
    ['Mon 8-17', 'cannot be read'],
    ['Mon-Fri 08:00-17:00,', 'cannot be read'],
    ['Mon-Fry 08:00-17:00', 'unknown day'],
    ['Mon 17:00-08:00', 'must open before they close'],
    ['Mon 08:00-08:00', 'must open before they close'],
    ['Mon 08:60-09:00', 'must open before they close'],
    ['Mon 08:00-24:01', 'must open before they close'],
    ['Mon 08:00-12:00, Mon-Fri 11:59-17:00', 'of Monday overlap'],
  ])('%j is refused: %s', (text, reason) => {
    expect(() => parseOpeningHours(text)).toThrow(reason);
    expect(() => parseOpeningHours(text)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });

  test('any day range and span is read as it was written', () => {
    const day = fc.integer({ min: 0, max: 6 });
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(day, day, minute, minute, (first, last, a, b) => {
        fc.pre(a !== b);
        const span = { opens: Math.min(a, b), closes: Math.max(a, b) };
        const text = `${DAYS[first]}-${DAYS[last]} ${clock(span.opens)}-${clock(span.closes)}`;
        const hours = parseOpeningHours(text);
        const open = DAYS.map((_, i) => (i - first + 7) % 7 <= (last - first + 7) % 7);
        expect(hours).toEqual(open.map((isOpen) => (isOpen ? [span] : [])));
        expect(spokenHours(text)).toMatch(/^[A-Za-z ,.-]+$/);
      }),
    );
  });
});

describe('spoken hours', () => {
  test.each([
    ['Mon-Fri 08:00-17:00', 'Monday to Friday, eight a.m. to five p.m.'],
    [
      'Mon-Fri 07:30-18:05, Sat 09:00-12:00',
      'Monday to Friday, seven thirty a.m. to six oh five p.m., and Saturday, nine a.m. to noon',
    ],
    ['Sun 00:00-23:59', 'Sunday, midnight to eleven fifty-nine p.m.'],
    ['Sun 12:13-24:00', 'Sunday, twelve thirteen p.m. to midnight'],
  ])('%s', (text, spoken) => {
    expect(spokenHours(text)).toBe(spoken);
  });
});

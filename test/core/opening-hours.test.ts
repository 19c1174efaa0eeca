import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOpeningHours } from '../../src/core/opening-hours.js';

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
    ['Mon-Fri 8-5', 'Mo-Fr 8-17'],
    ['Mon-Fri 8:00-5:00', 'Mo-Fr 8-17'],
    ['Mon-Fri 8am-5pm', 'Mo-Fr 8-17'],
    ['Mon - Fri 8 a.m. to 5 p.m.', 'Mo-Fr 8-17'],
    ['Mon-Fri: 8a-5p', 'Mo-Fr 8-17'],
    ['mon–fri 8:00–17:00', 'Mo-Fr 8-17'],
    ['MON—FRI 8—17', 'Mo-Fr 8-17'],
    ['Mon−Fri 8‑5', 'Mo-Fr 8-17'],
    ['Mo-Fr 0800-1700', 'Mo-Fr 8-17'],
    ['Mon.-Fri. 8.00-17.00', 'Mo-Fr 8-17'],
    ['M-F 8h-17h', 'Mo-Fr 8-17'],
    ['Monday through Friday 8 until 5', 'Mo-Fr 8-17'],
    ['weekdays from 8 to 5', 'Mo-Fr 8-17'],
    ['8-5 Mon-Fri', 'Mo-Fr 8-17'],
    ['Mon-Fri 8-5; Sun closed', 'Mo-Fr 8-17'],
    ['Mon-Fri 8-5, closed on Sundays', 'Mo-Fr 8-17'],
    ['daily 8-5\nSat, Sun: closed', 'Mo-Fr 8-17'],
    ['Sunday - Closed, Sat off, every day 8-5', 'Mo-Fr 8-17'],
    ['Mon,Wed,Fri 8-5', 'Mo 8-17, We 8-17, Fr 8-17'],
    ['Monday, Wednesday and Friday 8-5', 'Mo 8-17, We 8-17, Fr 8-17'],
    ['Sat/Sun 9-noon', 'Sa 9-12, Su 9-12'],
    ['Sat & Sun 9am-12pm', 'Sa 9-12, Su 9-12'],
    ['weekends 9 AM – noon', 'Sa 9-12, Su 9-12'],
    ['Tue 08:00-12:00, 13:00-17:00', 'Tu 8-12 13-17'],
    ['Tuesday 8-12 1pm-5pm', 'Tu 8-12 13-17'],
    ['Tues 8-12/1-5pm', 'Tu 8-12 13-17'],
    ['Thu 08:00-12:00, Thu 11:00-17:00', 'Th 8-17'],
    ['Thurs 08:00-12:00, Thu 12:00-17:00', 'Th 8-17'],
    ['Fri 18:00-02:00', 'Fr 18-24, Sa 0-2'],
    ['Fri 6pm-2', 'Fr 18-24, Sa 0-2'],
    ['Fri 18:00-24:00, Sat 00:00-02:00', 'Fr 18-24, Sa 0-2'],
    ['Fri 6pm-midnight, Sat midnight-2am', 'Fr 18-24, Sa 0-2'],
    ['Sun 22:00-06:00', 'Mo 0-6, Su 22-24'],
    ['Sun 22:00-06:00, Mon closed', 'Mo 0-6, Su 22-24'],
    ['Mon 18:00-00:00', 'Mo 18-24'],
    ['Mon 6pm-12am', 'Mo 18-24'],
    ['Mon 12am-6am', 'Mo 0-6'],
    ['Mon 12-5', 'Mo 12-17'],
    ['Mon 7-7', 'Mo 7-19'],
    ['Mon 1-5pm', 'Mo 13-17'],
    ['Mon 00:00-00:00', 'Mo 0-24'],
    ['Mon 0-24h', 'Mo 0-24'],
    ['Mon 24 hours', 'Mo 0-24'],
    ['24/7', 'Mo-Su 0-24'],
    ['Open 24 hours', 'Mo-Su 0-24'],
    ['around the clock', 'Mo-Su 0-24'],
    ['Mon-Sun 00:00-24:00', 'Mo-Su 0-24'],
    ['22:00-06:00', 'Mo-Su 0-6 22-24'],
  ])('%j is read as %s', (text, read) => {
    expect(shown(parseOpeningHours(text))).toBe(read);
  });

  test.each([
    ['', '', 'cannot be read'],
    ['Mon-Fri', 'Mon-Fri', 'name no time'],
    ['Mon-Fri 8-5, Sat', 'Sat', 'name no time'],
    ['Mon-Fri 8', 'Mon-Fri 8', 'cannot be read'],
    ['Mon-Fri 08:00-17:00,', 'Mon-Fri 08:00-17:00,', 'cannot be read'],
    ['Mon-Fri 8-5, Mon-Fry 08:00-17:00', 'Mon-Fry 08:00-17:00', 'unknown day'],
    ['T 8-5', 'T 8-5', 'unknown day'],
    ['always', 'always', 'unknown day'],
    ['__proto__ 8-5', '__proto__ 8-5', 'unknown day'],
    ['constructor 8-5', 'constructor 8-5', 'unknown day'],
    ['Mon-Fri 8-5 (closed for lunch)', 'Mon-Fri 8-5 (closed for lunch)', 'unknown day'],
    ['Mon 8-5 Tue 9-5', 'Mon 8-5 Tue 9-5', 'cannot be read'],
    ['Mon 8-12-17', 'Mon 8-12-17', 'cannot be read'],
    ['Mon 08:00-08:00', 'Mon 08:00-08:00', 'must open before they close'],
    ['Mon 12pm-12pm', 'Mon 12pm-12pm', 'must open before they close'],
    ['Mon 08:60-09:00', 'Mon 08:60-09:00', 'no clock shows'],
    ['Mon 08:00-24:01', 'Mon 08:00-24:01', 'no clock shows'],
    ['Mon 8-25', 'Mon 8-25', 'no clock shows'],
    ['Mon 13pm-15pm', 'Mon 13pm-15pm', 'no clock shows'],
    ['Mon 24:00-02:00', 'Mon 24:00-02:00', 'open at 24:00'],
    ['Mon 8-12, 1-5', '1-5', 'the morning or the evening'],
    ['Mon 9-10pm', 'Mon 9-10pm', 'the morning or the evening'],
    ['Mon 8-05:00', 'Mon 8-05:00', 'the morning or the evening'],
    ['closed', 'closed', 'never open'],
    ['Mon 8-5, Mon closed', 'Mon 8-5, Mon closed', 'never open'],
  ])('%j is refused, and %j is named: %s', (text, part, reason) => {
    const refused = () => parseOpeningHours(text);
    expect(refused).toThrow(`The opening hours "${part}" `);
    expect(refused).toThrow(reason);
    expect(refused).toThrow('Write days and times like "Mon-Fri 08:00-17:00');
    expect(refused).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
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
      }),
    );
  });
});

test('any text is read or refused with a sentence', () => {
  const word = fc.constantFrom(
    'Mon',
    'fri',
    'Sat-Mon',
    'closed',
    '8',
    '8-5',
    '22:00-06:00',
    '12am',
    'noon',
    '24/7',
    '–',
    ',',
    ';',
    'and',
    '',
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 6 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        for (const spans of parseOpeningHours(given)) expect(isInOrder(spans)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_CONFIG' });
      }
    }),
  );
});

test('a span that closes before it opens goes on to the next day', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), minute, minute, (day, a, b) => {
      fc.pre(a !== b);
      const [opens, closes] = [Math.max(a, b), Math.min(a, b)];
      const hours = parseOpeningHours(`${DAYS[day]} ${clock(opens)}-${clock(closes)}`);
      const next = (day + 1) % 7;
      expect(hours[day]).toEqual([{ opens, closes: 1440 }]);
      expect(hours[next]).toEqual(closes > 0 ? [{ opens: 0, closes }] : []);
    }),
  );
});

function isInOrder(spans: readonly { opens: number; closes: number }[]): boolean {
  return spans.every(({ opens, closes }, i) => {
    const before = spans[i - 1]?.closes ?? -1;
    return before < opens && opens < closes && closes <= 1440;
  });
}

/** `Mo 8-12 13-17, Tu 8-17`; days from Monday on that have the same hours are one. */
function shown(hours: ReturnType<typeof parseOpeningHours>): string {
  const times = hours.map((spans) =>
    spans.map(({ opens, closes }) => `${opens / 60}-${closes / 60}`).join(' '),
  );
  const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
  const alike = times.findIndex((time) => time !== times[0]);
  const first = alike < 0 ? 7 : alike;
  if (first < 3 || !times[0])
    return days.flatMap((day, i) => (times[i] ? `${day} ${times[i]}` : [])).join(', ');
  return `Mo-${days[first - 1]} ${times[0]}`;
}

import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { CALENDAR_END, calendarBegin, calendarEvent } from '../../src/appointments/icalendar.js';
import type { CalendarEntry } from '../../src/appointments/shop-calendar.js';
import { runs } from '../support/property-runs.js';

const head = { shopName: 'Bay; Line, 修理', host: 'shop.example', nameOfService: (type: string) => type };
const entry: CalendarEntry = {
  id: 7,
  serviceType: 'oil change',
  startsAt: new Date('2026-03-08T09:30:00Z'),
  endsAt: new Date('2026-03-08T10:00:00Z'),
  bay: 2,
  status: 'booked',
  revision: 3,
  changedAt: new Date('2026-03-01T12:00:01.250Z'),
  person: null,
  vehicle: null,
};
const calendarOf = (entries: readonly CalendarEntry[]) =>
  [calendarBegin(head), ...entries.map((each) => calendarEvent(each, head)), CALENDAR_END].join('');

describe('a calendar', () => {
  test('is as RFC 5545 has it', () => {
    expect(calendarOf([entry]).split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Bayline//Appointments//EN',
      'CALSCALE:GREGORIAN',
      'NAME:Bay\\; Line\\, 修理',
      'X-WR-CALNAME:Bay\\; Line\\, 修理',
      'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
      'X-PUBLISHED-TTL:PT15M',
      'BEGIN:VEVENT',
      'UID:appointment-7@shop.example',
      'DTSTAMP:20260301T120001Z',
      'LAST-MODIFIED:20260301T120001Z',
      'SEQUENCE:3',
      'DTSTART:20260308T093000Z',
      'DTEND:20260308T100000Z',
      'SUMMARY:Bay 2: oil change',
      'STATUS:CONFIRMED',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  test('says who comes with what, and where the car stands, as far as that is given', () => {
    const text = calendarEvent(
      { ...entry, person: 'Ada King', vehicle: '2019 Kia Rio', status: 'ready' },
      head,
    );
    expect(text).toContain('SUMMARY:Bay 2: oil change Ada King (ready)\r\n');
    expect(text).toContain('DESCRIPTION:2019 Kia Rio\r\n');
  });

  test('is read by a public parser as it was meant, whatever the names, in lines of 75 octets', () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    const entries = fc.array(fc.record({ person: text, vehicle: text }), { maxLength: 5 });
    fc.assert(
      fc.property(entries, (written) => {
        const all = written.map((each, id) => ({ ...entry, ...each, id }));
        const calendar = calendarOf(all);
        const lines = calendar.split('\r\n');
        expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
        const read = new ICAL.Component(ICAL.parse(calendar));
        const events = read.getAllSubcomponents('vevent').map((each) => new ICAL.Event(each));
        expect(events.map(({ uid }) => uid)).toEqual(all.map(({ id }) => `appointment-${id}@shop.example`));
        for (const [at, event] of events.entries()) {
          const { person, vehicle } = written[at] ?? { person: '', vehicle: '' };
          expect(event.description).toBe(plain(vehicle));
          expect(event.summary).toBe(plain(['Bay 2: oil change', person].filter(Boolean).join(' ')));
          expect(event.startDate.toJSDate()).toEqual(entry.startsAt);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

/** What of a text can stand in a calendar. */
function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/(?!\n)\p{Cc}/gu, '');
}

import type { CalendarEntry } from './shop-calendar.js';

/** What is the same in all of a calendar. */
export interface CalendarHead {
  readonly shopName: string;
  /** What makes the ids of this shop's appointments its own: the name of its host. */
  readonly host: string;
  readonly nameOfService: (type: string) => string;
}

/** RFC 5545, 3.1: octets of a line, its end not counted. */
const MOST_OCTETS = 75;
/** How often programs should look again. */
const REFRESH = 'PT15M';

const STATUS_WORDS: Readonly<Record<string, string>> = {
  arrived: 'here',
  in_progress: 'in work',
  waiting_for_parts: 'waiting for parts',
  ready: 'ready',
  completed: 'done',
  no_show: 'did not come',
};

/** The beginning of a calendar (RFC 5545), to which its events and {@link CALENDAR_END} are added. */
export function calendarBegin({ shopName }: CalendarHead): string {
  return lines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Bayline//Appointments//EN',
    'CALSCALE:GREGORIAN',
    `NAME:${escaped(shopName)}`,
    `X-WR-CALNAME:${escaped(shopName)}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`,
    `X-PUBLISHED-TTL:${REFRESH}`,
  ]);
}

export const CALENDAR_END = 'END:VCALENDAR\r\n';

/** An appointment as an event. Times are UTC, which every program shows in the zone of whoever looks. */
export function calendarEvent(entry: CalendarEntry, { host, nameOfService }: CalendarHead): string {
  const word = STATUS_WORDS[entry.status];
  const what = [`Bay ${entry.bay}: ${nameOfService(entry.serviceType)}`, entry.person, word && `(${word})`];
  return lines([
    'BEGIN:VEVENT',
    `UID:appointment-${entry.id}@${host}`,
    `DTSTAMP:${utc(entry.changedAt)}`,
    `LAST-MODIFIED:${utc(entry.changedAt)}`,
    `SEQUENCE:${entry.revision}`,
    `DTSTART:${utc(entry.startsAt)}`,
    `DTEND:${utc(entry.endsAt)}`,
    `SUMMARY:${escaped(what.filter(Boolean).join(' '))}`,
    ...(entry.vehicle === null ? [] : [`DESCRIPTION:${escaped(entry.vehicle)}`]),
    'STATUS:CONFIRMED',
    'END:VEVENT',
  ]);
}

function utc(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** A text value (3.3.11), without the control characters that it may not have. */
function escaped(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replace(/\p{Cc}/gu, '');
}

function lines(contents: readonly string[]): string {
  return contents.map((content) => `${folded(content)}\r\n`).join('');
}

/** Broken into lines of 75 octets, each but the first with a space in front, and never within a character. */
function folded(content: string): string {
  if (Buffer.byteLength(content) <= MOST_OCTETS) return content;
  let text = '';
  let octets = 0;
  for (const character of content) {
    const size = Buffer.byteLength(character);
    if (octets + size > MOST_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return text;
}

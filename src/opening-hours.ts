import { GatewayError } from './errors.js';

/** Open from `opens` until `closes`, in minutes after local midnight. */
export interface OpenSpan {
  readonly opens: number;
  readonly closes: number;
}

/** The spans of each weekday, earliest first; index 0 is Monday, as in ISO 8601. An empty list: closed. */
export type OpeningHours = readonly (readonly OpenSpan[])[];

interface Rule extends OpenSpan {
  readonly first: number;
  readonly last: number;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const RULE = /^([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? (\d{2}):(\d{2})-(\d{2}):(\d{2})$/;
const FORM = 'Write days and times like "Mon-Fri 08:00-17:00, Sat 09:00-12:00".';

/**
 * Reads opening hours such as `Mon-Fri 08:00-17:00, Sat 09:00-12:00`. A day range may pass Sunday (`Sat-Mon`), a day may have
 * several spans that do not overlap, and `24:00` is the end of the day. Throws `BAD_CONFIG` naming the faulty part.
 */
export function parseOpeningHours(text: string): OpeningHours {
  const days: OpenSpan[][] = DAYS.map(() => []);
  for (const { first, last, opens, closes } of parseRules(text)) {
    for (const day of daysBetween(first, last)) days[day]?.push({ opens, closes });
  }
  for (const [day, spans] of days.entries()) {
    spans.sort((a, b) => a.opens - b.opens);
    if (spans.some((span, i) => i > 0 && span.opens < (spans[i - 1]?.closes ?? 0))) {
      throw new GatewayError('BAD_CONFIG', `The opening hours of ${DAY_NAMES[day]} overlap. ${FORM}`);
    }
  }
  return days;
}

/**
 * Opening hours as they are said on the phone: "Monday to Friday, eight a.m. to five p.m., and Saturday, nine a.m. to noon".
 * Takes the text of the setting, because that is how the shop itself groups its days; throws as {@link parseOpeningHours}.
 */
export function spokenHours(text: string): string {
  const parts = parseRules(text).map((rule) => `${spokenDays(rule)}, ${spokenSpan(rule)}`);
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`;
}

function parseRules(text: string): Rule[] {
  return text.split(',').map((part) => parseRule(part.trim()));
}

function parseRule(part: string): Rule {
  const found = RULE.exec(part);
  if (!found) throw new GatewayError('BAD_CONFIG', `The opening hours "${part}" cannot be read. ${FORM}`);
  const [, firstDay = '', lastDay = firstDay, ...clock] = found;
  const [first, last] = [DAYS.indexOf(firstDay), DAYS.indexOf(lastDay)];
  const [openHour = 0, openMinute = 0, closeHour = 0, closeMinute = 0] = clock.map(Number);
  const [opens, closes] = [openHour * 60 + openMinute, closeHour * 60 + closeMinute];
  const dayFault = first < 0 || last < 0;
  const timeFault = openMinute > 59 || closeMinute > 59 || closes > 24 * 60 || opens >= closes;
  if (dayFault)
    throw new GatewayError('BAD_CONFIG', `The opening hours "${part}" name an unknown day. ${FORM}`);
  if (timeFault) {
    throw new GatewayError('BAD_CONFIG', `The opening hours "${part}" must open before they close. ${FORM}`);
  }
  return { first, last, opens, closes };
}

function daysBetween(first: number, last: number): number[] {
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, i) => (first + i) % 7);
}

function spokenDays({ first, last }: Rule): string {
  const [from, to] = [DAY_NAMES[first], DAY_NAMES[last]];
  return first === last ? `${from}` : `${from} to ${to}`;
}

function spokenSpan({ opens, closes }: OpenSpan): string {
  return `${spokenClock(opens)} to ${spokenClock(closes)}`;
}

const ONES = [
  '',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const TEENS = ['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty'];

function spokenClock(minutes: number): string {
  if (minutes === 12 * 60) return 'noon';
  if (minutes % (24 * 60) === 0) return 'midnight';
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  const words = [ONES[hour % 12 || 12], spokenMinute(minute), hour < 12 ? 'a.m.' : 'p.m.'];
  return words.filter(Boolean).join(' ');
}

function spokenMinute(minute: number): string {
  if (minute === 0) return '';
  if (minute < 10) return `oh ${ONES[minute]}`;
  if (minute < 20) return ONES[minute] ?? TEENS[minute - 13] ?? '';
  return [TENS[Math.floor(minute / 10)], ONES[minute % 10]].filter(Boolean).join('-');
}

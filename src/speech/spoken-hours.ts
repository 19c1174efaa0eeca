import { DAY_NAMES, type OpeningHours } from '../core/opening-hours.js';
import type { OpenSpan } from '../core/opening-span.js';
import { cardinal } from '../core/spelled-numbers.js';
import { MAX_CHARACTERS } from './flite-voice.js';

const DAY_MINUTES = 24 * 60;
const NOON = 12 * 60;

/**
 * Opening hours as they are said on the phone, to follow "We are open": "Monday to Friday, eight a.m. to five p.m., and Saturday, nine a.m. to
 * noon", "around the clock, every day". A night is told with the day on which it begins: "Friday, six p.m. until two in the morning".
 */
export function spokenHours(hours: OpeningHours): string {
  const parts = partsOf(hours);
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`;
}

/** The same as sentences, none longer than the voice can say: one, or where that is too long one for each part. */
export function hoursSentences(hours: OpeningHours): readonly string[] {
  const whole = ended(`We are open ${spokenHours(hours)}`);
  if (whole.length <= MAX_CHARACTERS) return [whole];
  const [first, ...others] = partsOf(hours);
  return [`We are open ${first}`, ...others].flatMap(withinVoice).map(ended);
}

/** Cut between spans of a day that has too many for one sentence. */
function withinVoice(words: string): readonly string[] {
  if (ended(words).length <= MAX_CHARACTERS) return [words];
  const at = Math.max(...[', ', ' and '].map((between) => words.lastIndexOf(between, MAX_CHARACTERS - 1)));
  return [words.slice(0, at), ...withinVoice(words.slice(at).replace(/^(, | and )/, ''))];
}

function ended(words: string): string {
  return words.endsWith('.') ? words : `${words}.`;
}

function partsOf(hours: OpeningHours): readonly string[] {
  const spoken = DAY_NAMES.map((_, day) => spokenDay(hours, day));
  const first = spoken[0] ?? '';
  if (spoken.every((words) => words === first))
    return [first === AROUND_THE_CLOCK ? `${first}, every day` : `every day, ${first}`];
  return [...runsByWords(spoken)].map(([words, runs]) => `${listed(runs.map(spokenRun))}, ${words}`);
}

const AROUND_THE_CLOCK = 'around the clock';

/** Days that follow one another and have the same hours. */
interface Run {
  readonly first: number;
  readonly days: number;
}

/** By what is said of them, in the order of the week; a run may pass Sunday. Days that are closed are left out. */
function runsByWords(spoken: readonly string[]): ReadonlyMap<string, Run[]> {
  const byWords = new Map<string, Run[]>();
  for (const [first, words] of spoken.entries()) {
    if (words === '' || spoken[(first + 6) % 7] === words) continue;
    let days = 1;
    while (spoken[(first + days) % 7] === words) days += 1;
    byWords.set(words, [...(byWords.get(words) ?? []), { first, days }]);
  }
  return byWords;
}

function spokenRun({ first, days }: Run): string {
  const [from, to] = [DAY_NAMES[first], DAY_NAMES[(first + days - 1) % 7]];
  if (days === 1) return `${from}`;
  return days === 2 ? `${from} and ${to}` : `${from} to ${to}`;
}

function spokenDay(hours: OpeningHours, day: number): string {
  const spans = hours[day] ?? [];
  if (spans.some(isWholeDay)) return AROUND_THE_CLOCK;
  const before = hours[(day + 6) % 7]?.at(-1);
  const isTold = (span: OpenSpan) => span.opens === 0 && before !== undefined && isEvening(before);
  return listed(
    spans.filter((span) => !isTold(span)).map((span) => spokenSpan(span, hours[(day + 1) % 7]?.[0])),
  );
}

function spokenSpan(span: OpenSpan, tomorrow: OpenSpan | undefined): string {
  const goesOn = isEvening(span) && tomorrow?.opens === 0 && !isWholeDay(tomorrow);
  return goesOn
    ? `${spokenClock(span.opens)} until ${spokenTomorrow(tomorrow.closes)}`
    : `${spokenClock(span.opens)} to ${spokenClock(span.closes)}`;
}

function isWholeDay({ opens, closes }: OpenSpan): boolean {
  return opens === 0 && closes === DAY_MINUTES;
}

/** It may go on after midnight. */
function isEvening({ opens, closes }: OpenSpan): boolean {
  return opens > 0 && closes === DAY_MINUTES;
}

function spokenTomorrow(minutes: number): string {
  if (minutes >= NOON) return `${spokenClock(minutes)} the next day`;
  return `${spokenClock(minutes).replace(/ a\.m\.$/, '')} in the morning`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function spokenClock(minutes: number): string {
  if (minutes === NOON) return 'noon';
  if (minutes % DAY_MINUTES === 0) return 'midnight';
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  const words = [cardinal(hour % 12 || 12), spokenMinute(minute), hour < 12 ? 'a.m.' : 'p.m.'];
  return words.filter(Boolean).join(' ');
}

function spokenMinute(minute: number): string {
  if (minute === 0) return '';
  return minute < 10 ? `oh ${cardinal(minute)}` : cardinal(minute);
}

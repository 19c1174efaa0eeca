import { z } from 'zod';
import { fromShopTime } from '../../../database/shop-time.js';
import type { Intent } from '../../../sessions/session.js';
import {
  type HeardDay,
  heardDay,
  PARTS_OF_DAY,
  type PartOfDay,
  partOfDayOf,
} from '../../../speech/heard-day.js';
import { onDay } from '../../booking-words.js';
import { choose, noteState } from './call-progress.js';
import { defineTool, optional } from './tool.js';
import { done, invalid, none, type ToolAnswer, type ToolContext } from './tool-answer.js';

/** As many as the desk gives at once: a day with all its half hours. */
const MOST_TIMES = 50;
/** So often the desk is asked for a part of the day: about a month of a shop that is open by day. */
const MOST_LOOKS = 12;
/** More than these nobody can choose from by ear. */
const SOONEST = 6;
const DAY_MS = 86_400_000;

type Days = HeardDay & { kind: 'days' };

export const findOpenTimes = defineTool({
  description:
    'Looks up open times for a service. Always use it before you name a time; never make one up. Offer at most three of them at once.',
  schema: z.strictObject({
    service: z.string().max(60).describe('the name in functions of one of the services of the shop'),
    day: optional(z.string().max(60)).describe(
      'as the caller says it, or a date: "Monday", "tomorrow", "next week", "2026-11-30"; leave it out for the soonest',
    ),
    part_of_day: optional(z.enum(PARTS_OF_DAY)),
  }),
  work: async ({ service, day, part_of_day }, context) => {
    const { shop, now, control } = context;
    if (!shop.services.some(({ type }) => type === service)) return noSuchService(shop);
    const heard = heardDay(day ?? '', { zone: shop.timezone, now: now() });
    if (heard.kind !== 'days' && heard.kind !== 'soonest') return invalid(NO_DAY[heard.kind]);
    noteState(
      control.session,
      'booking',
      isForMove(service, context) ? 'move_appointment' : 'book_appointment',
    );
    choose(control.session, service, null);
    const wanted = { service, part: part_of_day ?? heard.part };
    return heard.kind === 'days' ? onDays(heard, wanted, context) : soonest(wanted, context);
  },
});

const AT_APPOINTMENTS: readonly (Intent | null)[] = [
  'list_appointments',
  'move_appointment',
  'cancel_appointment',
];

/** Who is at what is booked, and has an appointment of this service, wants another time for it. */
function isForMove(service: string, { control, handles }: ToolContext): boolean {
  return (
    AT_APPOINTMENTS.includes(control.session.data.intent) &&
    handles.appointments.some(({ service_type }) => service_type === service)
  );
}

const NO_DAY = {
  past: 'Nothing was looked up: that day is over. Ask the caller which day they mean.',
  no_such_day:
    'Nothing was looked up: there is no such day in the calendar. Ask the caller which day they mean.',
  unclear:
    'Nothing was looked up: the day cannot be read. Give a date such as 2026-11-30, or "today", "tomorrow", "Monday", "next week"; leave it out for the soonest times.',
} as const;

function noSuchService({ services }: ToolContext['shop']): ToolAnswer {
  const types = services.map(({ type }) => type).join(', ');
  return invalid(`Nothing was looked up: service must be one of ${types}.`);
}

interface Wanted {
  readonly service: string;
  readonly part: PartOfDay | null;
}

async function soonest(wanted: Wanted, context: ToolContext): Promise<ToolAnswer> {
  const times = await timesFrom(null, wanted, context);
  const fitting = times.filter((time) => fits(time, wanted, context)).slice(0, SOONEST);
  if (fitting.length > 0) return offer('The next open times', fitting, wanted, context);
  return instead(
    `No open time ${inThe(wanted.part)}for ${anA(wanted, context)} soon`,
    times,
    wanted,
    context,
  );
}

async function onDays(days: Days, wanted: Wanted, context: ToolContext): Promise<ToolAnswer> {
  const { sayTime } = context;
  const [start, end] = boundsOf(days, context.shop.timezone);
  const times = await timesFrom(start, wanted, context, end);
  const then = times.filter((time) => Date.parse(time) < end);
  const fitting = then.filter((time) => fits(time, wanted, context));
  const name = days.days === 1 ? onDay(sayTime(days.from, 'day')) : `from ${sayTime(days.from, 'day')} on`;
  if (fitting.length > 0) {
    const shown = days.days === 1 ? fitting : fitting.slice(0, SOONEST);
    return offer(`Open times ${name}`, shown, wanted, context);
  }
  const none = `No open time ${name}${wanted.part ? ` ${inThe(wanted.part).trim()}` : ''} for ${anA(wanted, context)}`;
  if (then.length > 0) return instead(none, then, wanted, context);
  return instead(none, times.length > 0 ? times : await timesFrom(null, wanted, context), wanted, context);
}

/** What there is in place of what was asked for. */
function instead(no: string, times: readonly string[], wanted: Wanted, context: ToolContext): ToolAnswer {
  if (times.length === 0) {
    return none(
      `${no}, and no other open time either. Say so, name no time, and offer that the shop calls back.`,
    );
  }
  return offer(`${no}. Other open times`, times.slice(0, SOONEST), wanted, context, 'none');
}

function offer(
  lead: string,
  times: readonly string[],
  { service }: Wanted,
  { handles, sayTime }: ToolContext,
  result: 'done' | 'none' = 'done',
): ToolAnswer {
  const slots = handles.addSlots(service, times);
  const listed = slots.map(({ id, starts_at }) => `${id} = ${sayTime(starts_at)}`);
  const output = `${lead}: ${listed.join('; ')}. Nothing is booked yet. The ids are for book_appointment or move_appointment, not for the caller.`;
  return result === 'done' ? done(output) : none(output);
}

/** The times from then on: as many as it takes for one to be in the part of the day that is wanted, if that comes before the `end`. */
async function timesFrom(start: number | null, wanted: Wanted, context: ToolContext, end = Infinity) {
  const times: string[] = [];
  // The desk gives what begins after this.
  let after = start === null ? undefined : new Date(start - 1).toISOString();
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const query = { serviceType: wanted.service, limit: MOST_TIMES, ...(after ? { after } : {}) };
    const next = (await context.desk.openTimes(query)).map(({ starts_at }) => starts_at);
    times.push(...next);
    after = next.at(-1);
    const isAll = next.length < MOST_TIMES || after === undefined || Date.parse(after) >= end;
    if (isAll || next.some((time) => fits(time, wanted, context))) break;
  }
  return times;
}

function fits(time: string, { part }: Wanted, { shop }: ToolContext): boolean {
  return part === null || partOfDayOf(time, shop.timezone) === part;
}

/** Unix milliseconds: the first, and the first that is not in it any more. */
function boundsOf({ from, days }: Days, timezone: string): readonly [number, number] {
  const start = fromShopTime(from, timezone)?.getTime() ?? 0;
  // By the calendar, not by the clock: a day may have 23 or 25 hours.
  const after = new Date(Date.parse(`${from}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
  return [start, fromShopTime(after, timezone)?.getTime() ?? start + days * DAY_MS];
}

function inThe(part: PartOfDay | null): string {
  return part === null ? '' : `in the ${part} `;
}

function anA({ service }: Wanted, { shop }: ToolContext): string {
  const noun = shop.nameOf(service);
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

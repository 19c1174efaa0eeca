import { z } from 'zod';
import { operation } from './operation.js';

const tag = 'Calendar';

const RotateQuery = z.object({
  names: z
    .enum(['0', '1', 'false', 'true'], { error: 'must be 1 or 0' })
    .transform((value) => value === '1' || value === 'true')
    .describe('`1`: the names and vehicles of customers are in the calendar')
    .optional(),
});
export const CalendarAnswer = z
  .object({
    url: z.url().describe('for a calendar program; whoever knows it reads the book'),
    names: z.boolean().describe('whether names and vehicles are in it'),
  })
  .meta({ id: 'Calendar', description: 'Where calendar programs find the book.' });

export const CALENDAR = {
  rotate: operation({
    method: 'post',
    path: '/api/calendar/rotate',
    id: 'rotateCalendar',
    tag,
    summary: 'A new address for calendar programs; the old one is none any more',
    query: RotateQuery,
    answer: CalendarAnswer,
    example: { query: { names: '1' } },
  }),
  current: operation({
    method: 'get',
    path: '/api/calendar',
    id: 'getCalendar',
    tag,
    summary: 'The address for calendar programs; null when none was made',
    answer: CalendarAnswer.nullable(),
    example: {},
  }),
  read: operation({
    method: 'get',
    path: '/calendar/{secret}.ics',
    id: 'readCalendar',
    tag,
    summary: 'The book for calendar programs (RFC 5545): a year back, and all that is to come',
    details:
      'Asks for no token. With `If-None-Match` it is sent only when it has changed. Refusals are plain text.',
    answerType: 'text/calendar',
    errors: { 429: 'Ten wrong addresses in a minute.', 503: 'The database cannot be reached.' },
    example: { path: { secret: 'rLTW0dhmXWyBQTvVH0mJxzNpxKqU9cVc' } },
  }),
};

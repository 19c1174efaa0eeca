import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  CALENDAR_END,
  type CalendarHead,
  calendarBegin,
  calendarEvent,
} from '../../appointments/icalendar.js';
import type { CalendarEntry, SecretCalendar, ShopCalendar } from '../../appointments/shop-calendar.js';
import { GatewayError } from '../../core/errors.js';
import { askerOf, WrongTokens } from '../wrong-tokens.js';
import { Flag } from './api-input.js';
import { expressPath, operation, serve } from './operation.js';

const tag = 'Calendar';

const RotateQuery = z.object({
  names: Flag.describe('`1`: the names and vehicles of customers are in the calendar').optional(),
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

interface CalendarSources {
  readonly calendar: ShopCalendar;
  /** `revision`: another one after each change of the shop's settings. */
  readonly head: () => Omit<CalendarHead, 'host'> & { readonly revision: number };
  /** The public origin. */
  readonly origin: () => string;
}

/** The book for calendar programs, and the address under which they find it. Only who knows the secret learns that there is one. */
export function calendarRoutes(sources: CalendarSources): Router {
  const { calendar, origin } = sources;
  const wrongSecrets = new WrongTokens();
  const answer = ({ secret, names }: SecretCalendar) => ({
    url: `${origin()}/calendar/${secret}.ics`,
    names,
  });
  const router = Router();
  serve(router, CALENDAR.rotate, async ({ query: { names = false } }) =>
    answer(await calendar.rotate(names)),
  );
  serve(router, CALENDAR.current, async () => {
    const current = await calendar.current();
    return current && answer(current);
  });
  router.get(expressPath(CALENDAR.read.path), async (request, response) => {
    const { secret } = request.params;
    const asker = askerOf(request);
    const wait = wrongSecrets.waitOf(asker);
    const isLookedAt = wait === null || wrongSecrets.isProven(asker);
    const found = isLookedAt && typeof secret === 'string' ? await calendar.find(secret) : null;
    if (found) {
      wrongSecrets.right(asker);
      return send(request, response, found, sources);
    }
    if (wait !== null)
      return void response.status(429).set('Retry-After', String(wait)).type('text/plain').send(TOO_MANY);
    wrongSecrets.wrong(asker);
    throw new GatewayError('NOT_FOUND', 'There is nothing at this address.');
  });
  return router;
}

const TOO_MANY = 'Too many wrong addresses. Try again in a minute.\n';

async function send(
  request: Request,
  response: Response,
  { names }: SecretCalendar,
  { calendar, head, origin }: CalendarSources,
): Promise<void> {
  const about = { ...head(), host: new URL(origin()).hostname };
  // Names of the shop and of its services are in it, too: with other ones it is another calendar.
  const tag = [await calendar.fingerprint(names), names, about.shopName, about.host, about.revision];
  const first = await calendar.page(names, null);
  response.set({
    'Content-Type': 'text/calendar; charset=utf-8',
    'Cache-Control': 'private, no-cache',
    ETag: `"${createHash('sha256').update(JSON.stringify(tag)).digest('base64url')}"`,
  });
  if (request.fresh) return void response.status(304).end();
  if (request.method === 'HEAD') return void response.end();
  await pipeline(icsOf(calendar, names, first, about), response);
}

async function* icsOf(
  calendar: ShopCalendar,
  names: boolean,
  first: readonly CalendarEntry[],
  head: CalendarHead,
): AsyncGenerator<string> {
  yield calendarBegin(head);
  let page = first;
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page.map((entry) => calendarEvent(entry, head)).join('');
    page = await calendar.page(names, last);
  }
  yield CALENDAR_END;
}

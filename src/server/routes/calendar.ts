import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import type { CalendarAddress, SecretCalendar } from '../../appointments/calendar-address.js';
import type { CalendarEntries, CalendarEntry } from '../../appointments/calendar-entries.js';
import {
  CALENDAR_END,
  type CalendarHead,
  calendarBegin,
  calendarEvent,
} from '../../appointments/icalendar.js';
import { GatewayError } from '../../core/errors.js';
import { askerOf, WrongTokens } from '../wrong-tokens.js';
import { CALENDAR } from './calendar-operations.js';
import { expressPath, serve } from './operation.js';

export interface CalendarSources {
  readonly address: CalendarAddress;
  readonly entries: CalendarEntries;
  /** `revision`: another one after each change of the shop's settings. */
  readonly head: () => Omit<CalendarHead, 'host'> & { readonly revision: number };
  /** The public origin. */
  readonly origin: () => string;
  readonly wrongSecrets?: WrongTokens;
}

/** The book for calendar programs, and the address under which they find it. Only who knows the secret learns that there is one. */
export function calendarRoutes(sources: CalendarSources): Router {
  const { address, origin, wrongSecrets = new WrongTokens() } = sources;
  const answer = ({ secret, names }: SecretCalendar) => ({
    url: `${origin()}/calendar/${secret}.ics`,
    names,
  });
  const router = Router();
  serve(router, CALENDAR.rotate, async ({ query: { names = false } }) => answer(await address.rotate(names)));
  serve(router, CALENDAR.current, async () => {
    const calendar = await address.current();
    return calendar && answer(calendar);
  });
  router.get(expressPath(CALENDAR.read.path), async (request, response) => {
    const { secret } = request.params;
    const asker = askerOf(request);
    const wait = wrongSecrets.waitOf(asker);
    const isLookedAt = wait === null || wrongSecrets.isProven(asker);
    const calendar = isLookedAt && typeof secret === 'string' ? await address.find(secret) : null;
    if (calendar) {
      wrongSecrets.right(asker);
      return send(request, response, calendar, sources);
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
  { entries, head, origin }: CalendarSources,
): Promise<void> {
  const about = { ...head(), host: new URL(origin()).hostname };
  // Names of the shop and of its services are in it, too: with other ones it is another calendar.
  const tag = [await entries.fingerprint(names), names, about.shopName, about.host, about.revision];
  const first = await entries.page(names, null);
  response.set({
    'Content-Type': 'text/calendar; charset=utf-8',
    'Cache-Control': 'private, no-cache',
    ETag: `"${createHash('sha256').update(JSON.stringify(tag)).digest('base64url')}"`,
  });
  if (request.fresh) return void response.status(304).end();
  if (request.method === 'HEAD') return void response.end();
  await pipeline(icsOf(entries, names, first, about), response);
}

async function* icsOf(
  entries: CalendarEntries,
  names: boolean,
  first: readonly CalendarEntry[],
  head: CalendarHead,
): AsyncGenerator<string> {
  yield calendarBegin(head);
  let page = first;
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page.map((entry) => calendarEvent(entry, head)).join('');
    page = await entries.page(names, last);
  }
  yield CALENDAR_END;
}

import { Router } from 'express';
import { z } from 'zod';
import { AppointmentAnswer } from '../../appointments/appointment.js';
import { Count, Id } from '../../core/fields.js';
import type { ShopSettingsDesk } from '../../desk/shop-settings-desk.js';
import { faultOf } from '../../setting-forms.js';
import { hoursOfDay } from '../../shop/closure.js';
import { MOST_BAYS, ShopChange } from '../../shop/shop-form.js';
import { Day, Page, words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Shop';

const ShopAnswer = ShopChange.required()
  .extend({
    locked: z
      .array(z.string())
      .describe('the settings that the environment gives: they cannot be changed here'),
    revision: Count.describe('one more with every change'),
  })
  .meta({ id: 'Shop', description: 'What the shop has set, with what the environment gives over it.' });

const ChangedShopAnswer = ShopAnswer.extend({
  conflicts: z
    .array(AppointmentAnswer)
    .describe(
      'when hours, bays, services or the zone were given: the appointments that have no place by the shop as it is now, soonest first, 200 at most; they stay booked',
    ),
}).meta({ id: 'ChangedShop', description: 'The shop after a change, with what has no place any more.' });

const bayError = `must be a whole number from 1 to ${MOST_BAYS}, or null`;

const ClosureBody = z
  .strictObject({
    from: Day,
    to: Day.describe('the last day, included'),
    bay: z
      .int({ error: bayError })
      .min(1, { error: bayError })
      .max(MOST_BAYS, { error: bayError })
      .nullable()
      .default(null)
      .describe('counted from 1; null: the whole shop'),
    hours: words(60)
      .superRefine((value, context) => {
        const fault = faultOf(hoursOfDay, value);
        if (fault !== null) context.addIssue({ code: 'custom', message: `cannot be used: ${fault}` });
      })
      .nullable()
      .default(null)
      .describe('the hours of each of those days, such as `10:00-14:00`; null: closed'),
    reason: words(200).nullable().default(null).describe('for staff; callers do not hear it'),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'must not be before from' });

const ClosureFilter = z.object({
  from: Day.optional().describe('only closures that last until this day or longer'),
  to: Day.optional().describe('only closures that have begun by this day'),
  ...Page,
});

const closure = {
  id: Id,
  from: Day,
  to: Day.describe('the last day, included'),
  bay: z.int().nullable().describe('counted from 1; null: the whole shop'),
  hours: z.string().nullable().describe('the hours of each of those days; null: closed'),
  reason: z.string().nullable(),
};
export const ClosureAnswer = z
  .object(closure)
  .meta({ id: 'Closure', description: 'Days on which the shop, or one bay, is closed or has other hours.' });
const NewClosureAnswer = z
  .object({
    ...closure,
    conflicts: z
      .array(AppointmentAnswer)
      .describe('the appointments that stand in it, soonest first, 200 at most: they stay booked'),
  })
  .meta({ id: 'NewClosure', description: 'A closure that was added, with what stands in it.' });

export const SHOP = {
  get: operation({
    method: 'get',
    path: '/api/shop',
    id: 'getShop',
    tag,
    summary: "The shop's settings",
    answer: ShopAnswer,
    example: {},
  }),
  change: operation({
    method: 'patch',
    path: '/api/shop',
    id: 'changeShop',
    tag,
    summary: 'Changes the settings that are given',
    details:
      'In force on every gateway within 2 s, for calls that begin after it. What is booked stays booked. The services are given as a whole list.',
    body: ShopChange,
    answer: ChangedShopAnswer,
    errors: { 409: 'The environment of the gateway gives one of these settings.' },
    example: { body: { address: '12 Lamar Street', lead_minutes: 90 } },
  }),
  closures: operation({
    method: 'get',
    path: '/api/closures',
    id: 'listClosures',
    tag,
    summary: 'Closures, newest first',
    query: ClosureFilter,
    answer: z.object({ closures: z.array(ClosureAnswer) }),
    example: { query: { from: '2026-01-01' } },
  }),
  addClosure: operation({
    method: 'post',
    path: '/api/closures',
    id: 'addClosure',
    tag,
    summary: 'Closes the shop or a bay, or gives it other hours',
    details: 'Nothing is offered or booked in a closure.',
    body: ClosureBody,
    status: 201,
    answer: NewClosureAnswer,
    example: { body: { from: '2030-12-24', to: '2030-12-26', reason: 'Christmas' } },
  }),
  removeClosure: operation({
    method: 'delete',
    path: '/api/closures/{id}',
    id: 'removeClosure',
    tag,
    summary: 'Opens the days of a closure again',
    status: 204,
    example: { path: { id: 1 } },
  }),
};

/** The shop's own settings, and the days on which it is closed. */
export function shopRoutes(desk: ShopSettingsDesk): Router {
  const router = Router();
  serve(router, SHOP.get, () => desk.get());
  serve(router, SHOP.change, ({ body }) => desk.change(body));
  serve(router, SHOP.closures, async ({ query }) => ({ closures: await desk.closures(query) }));
  serve(router, SHOP.addClosure, ({ body }) => desk.addClosure(body));
  serve(router, SHOP.removeClosure, ({ path }) => desk.removeClosure(path.id));
  return router;
}

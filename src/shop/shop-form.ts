import { z } from 'zod';
import { parseOpeningHours } from '../core/opening-hours.js';
import { faultOf } from '../setting-forms.js';

// What a shop's settings may be, wherever they come from: the API, the database, Redis or a recording.

/** What PostgreSQL cannot store, and what no line of text has. */
const ODD = /[\p{Cc}\p{Surrogate}\p{Zl}\p{Zp}]/u;
const line = (max: number) =>
  z
    .string({ error: 'must be a text' })
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` })
    .refine((value) => !ODD.test(value), { error: 'must be one line, without control characters' });
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const yesOrNo = z.boolean({ error: 'must be true or false' });

function isTimezone(name: string): boolean {
  const isName = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name);
  return isName && faultOf((timeZone) => new Intl.DateTimeFormat('en-US', { timeZone }), name) === null;
}

/** A text that `parse` reads; what that says against it is told. */
const readBy = (parse: (text: string) => unknown, max: number) =>
  line(max).superRefine((value, context) => {
    const fault = faultOf(parse, value);
    if (fault !== null) context.addIssue({ code: 'custom', message: `cannot be used: ${fault}` });
  });

export const MOST_BAYS = 100;
const ANSWERING = ['agent', 'forward', 'closed'] as const;
const MOST_SERVICES = 40;

/** A service as it is given; what is absent is as in one that asks for nothing special. */
export const ServiceForm = z.strictObject({
  type: z
    .string({ error: 'must be a text' })
    .regex(/^[a-z][a-z_]{0,39}$/, { error: 'must be a name of the letters a to z and _, at most 40' })
    .describe('its name for programs, such as `oil_change`'),
  name: line(60).describe('what is booked, fit to follow "your": `oil change`'),
  choice: line(60).describe('as a choice in a list, fit to follow "for": `an oil change`'),
  minutes: whole(5, 2400).describe('how long the work takes'),
  price_cents: whole(0, 100_000_000).nullable().default(null).describe('null: no price is told'),
  bays: z
    .array(whole(1, MOST_BAYS), { error: 'must be a list of bays, or null' })
    .min(1, { error: 'must name a bay, or be null' })
    .refine((bays) => new Set(bays).size === bays.length, { error: 'must name each bay once' })
    .nullable()
    .default(null)
    .describe('the bays in which it can be done, counted from 1; null: in any'),
  bookable: yesOrNo.default(true).describe('false: it is named, and a person has to make the appointment'),
  after_minutes: whole(0, 1440).default(0).describe('for so long its bay stays taken after the work'),
  carries_over: yesOrNo
    .default(false)
    .describe('work that does not end before closing goes on when the shop opens next'),
});

const services = z
  .array(ServiceForm, { error: 'must be a list of services' })
  .min(1, { error: 'must have a service' })
  .max(MOST_SERVICES, { error: `must have at most ${MOST_SERVICES} services` })
  .superRefine((list, context) => {
    const types = list.map(({ type }) => type);
    for (const [n, type] of types.entries())
      if (types.indexOf(type) < n)
        context.addIssue({
          code: 'custom',
          path: [n, 'type'],
          message: 'is that of another service in the list',
        });
  });

/** Settings that are to change; what is absent stays. */
export const ShopChange = z.strictObject({
  name: line(60).exactOptional().describe('said in the greeting'),
  address: line(200).nullable().exactOptional().describe('as it is said to callers; null: none is said'),
  timezone: line(60)
    .refine(isTimezone, { error: 'must be an IANA time zone such as America/Chicago' })
    .exactOptional()
    .describe('IANA name: opening hours and every spoken time are in this zone'),
  hours: readBy(parseOpeningHours, 300)
    .exactOptional()
    .describe('opening hours, such as `Mon-Fri 08:00-17:00, Sat 09:00-12:00`'),
  bays: whole(1, MOST_BAYS).exactOptional().describe('how many appointments may overlap'),
  transfer_number: z
    .string({ error: 'must be a text' })
    .regex(/^\+[1-9]\d{7,14}$/, { error: 'must be a phone number in E.164, such as +15125550100' })
    .nullable()
    .exactOptional()
    .describe('E.164: who answers when a caller wants a person; null: nobody'),
  answering: z
    .enum(ANSWERING, { error: `must be one of ${ANSWERING.join(', ')}` })
    .exactOptional()
    .describe(
      'agent: an agent talks with callers; forward: every call is put through; closed: the after-hours words',
    ),
  lead_minutes: whole(0, 43_200)
    .exactOptional()
    .describe('how long from now the earliest appointment begins'),
  same_day_until: z
    .string({ error: 'must be a text' })
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day such as 15:30' })
    .nullable()
    .exactOptional()
    .describe('from then on nothing more is booked for the same day; null: the whole day'),
  horizon_days: whole(1, 365).exactOptional().describe('how many days from now the last appointment begins'),
  slot_minutes: whole(5, 240)
    .exactOptional()
    .describe('appointments begin every so many minutes, from opening on'),
  services: services.exactOptional().describe("in the menu's order"),
});
export type ShopChange = Readonly<z.infer<typeof ShopChange>>;

/** The settings in a stored object that can be used, and the names of those that cannot. */
export function readSettings(stored: object): {
  readonly set: ShopChange;
  readonly faults: readonly string[];
} {
  const kept: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, value] of Object.entries(stored)) {
    // What a later version has set is nothing to this one.
    if (!Object.hasOwn(ShopChange.shape, name)) continue;
    if (ShopChange.safeParse({ [name]: value }).success) kept[name] = value;
    else faults.push(name);
  }
  return { set: ShopChange.parse(kept), faults };
}

import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { MAX_ID } from '../../database/schema.js';

/** What PostgreSQL cannot store: the character zero, and half of a pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
/** A text that can be stored. */
export const Storable = z.string({ error: 'must be a text' }).refine((value) => !UNSTORABLE.test(value), {
  error: 'must not hold the character zero or half of a surrogate pair',
});
/** A text of at most so many characters, with something in it. */
export const words = (max: number) =>
  Storable.trim()
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` });
/** An id in a body. */
export const RowId = z
  .int({ error: 'must be a whole number' })
  .positive({ error: 'must be a positive number' })
  .max(MAX_ID, { error: `must be at most ${MAX_ID}` })
  .describe('an id');
/** The desk reads it. */
export const Phone = words(30).describe('a phone number, as people write it');
/** ISO 8601; without an offset it is meant in the shop's time. The desk reads it. */
export const When = words(40).describe('ISO 8601');
/** A day by the shop's clock. */
export const Day = z.iso
  .date({ error: 'must be a day such as 2026-12-24' })
  .refine((value) => value >= '2000-01-01' && value <= '2199-12-31', {
    error: 'must be a day of the years 2000 to 2199',
  })
  .describe("a day in the shop's zone, `YYYY-MM-DD`");
export const Notes = words(2000).nullable().describe('what staff noted; callers never hear it');

const MOST_ENTRIES = 200;
/** How many entries of a list are asked for. */
const limitError = `must be a whole number from 1 to ${MOST_ENTRIES}`;
const Limit = z
  .string({ error: limitError })
  .refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_ENTRIES, {
    error: limitError,
  })
  .transform(Number)
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: MOST_ENTRIES,
    description: 'how many at most',
  })
  .default(50);
/** An id in a query, or the last one seen. */
export const QueryId = z
  .string({ error: 'must be an id' })
  .refine((value) => idOf(value) !== null, { error: 'must be an id' })
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: MAX_ID, description: 'an id' });

/** Yes or no, in a query. */
export const Flag = z
  .enum(['0', '1', 'false', 'true'], { error: 'must be 1 or 0' })
  .transform((value) => value === '1' || value === 'true');

/** Some of `values` in a query, with commas between them. */
export function oneOrMoreOf<const Value extends string>(values: readonly Value[]) {
  const error = `must be one or more of ${values.join(', ')}, with commas between them`;
  const isValue = (text: string): text is Value => values.some((value) => value === text);
  return z
    .string({ error })
    .transform((text, context) => {
      const given = text.split(',');
      if (given.every(isValue)) return given;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .describe(`one or more of ${values.join(', ')}, with commas between them`);
}

/** The part of a list that is asked for. */
export const Page = {
  limit: Limit,
  before: QueryId.describe('the `id` of the last one that was seen: only what follows it').optional(),
};

/** `input` as `schema` says; throws `BAD_REQUEST` naming every wrong field. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  if (Array.isArray(input) || (input !== undefined && typeof input !== 'object') || input === null) {
    throw new GatewayError('BAD_REQUEST', 'The body must be a JSON object, with the fields by their names.');
  }
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, input));
  throw new GatewayError('BAD_REQUEST', `${faults.join('; ')}.`);
}

function faultsOf(issue: z.core.$ZodIssue, input: unknown): string[] {
  const { path } = issue;
  const message = issue.message.replace(/\.$/, '');
  const nameOf = (...keys: readonly PropertyKey[]) => keys.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${nameOf(...path, key)} is not a field here`);
  if (path.length === 0) return [message];
  return [`${nameOf(...path)} ${isGiven(input, path) ? message : 'is missing'}`];
}

function isGiven(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const key of path) value = Object(value)[key];
  return value !== undefined;
}

/** An id written as ids are given out: no sign, no zeros in front, no other notation; else null. */
export function idOf(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : null;
}

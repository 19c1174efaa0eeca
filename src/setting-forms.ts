import { z } from 'zod';
import { summarize } from './core/errors.js';

/** Any text. `form` says what is wanted, as in "must be a folder"; what was given is in no message, for it may be a secret. */
export const text = (form: string) => z.string({ error: `must be ${form}` });
export const matching = (form: string, pattern: RegExp) =>
  text(form).regex(pattern, { error: `must be ${form}` });
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` }).meta({ range: values.join(', ') });

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number) {
  const form = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { error: form })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: form })
    .meta({ range: `${min} to ${max}` });
}

/** What the parser of a setting takes; what it says of the rest may repeat the value. */
export function isReadBy(parse: (value: string) => unknown): (value: string) => boolean {
  return (value) => faultOf(parse, value) === null;
}

/** What a parser says against a value; null when it takes it. */
export function faultOf(parse: (value: string) => unknown, value: string): string | null {
  try {
    parse(value);
    return null;
  } catch (error) {
    return summarize(error).message;
  }
}

import { z } from 'zod';

/** As many letters as a name of the API may have. */
const MOST_LETTERS = 60;

/** A name as callers say it: letters of any script, with what stands between them. */
export const SpokenName = z
  .string()
  .max(4 * MOST_LETTERS)
  .transform((name) => name.normalize('NFC').replace(/\s+/g, ' ').trim())
  .pipe(
    z
      .string()
      .max(MOST_LETTERS)
      .regex(/^\p{L}[\p{L}\p{M} .'\u2019-]*$/u),
  );

/** Who calls, as the caller says: proof of nothing. */
export interface CallerName {
  readonly firstName: string;
  readonly lastName: string;
}

/** Null: at least one of them is no name. */
export function readCallerName({ first, last }: { first: string; last: string }): CallerName | null {
  const [firstName, lastName] = [SpokenName.safeParse(first), SpokenName.safeParse(last)];
  return firstName.success && lastName.success
    ? { firstName: firstName.data, lastName: lastName.data }
    : null;
}

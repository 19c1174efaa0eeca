/** What must be read nowhere: each under what it is. */
export interface Canaries {
  readonly [what: string]: readonly (string | RegExp)[];
}

export const NUMBER = '+15125559731';
export const STRANGER = '+447911123986';
export const FIRST_NAME = 'Zebulonia';
export const LAST_NAME = 'Quackenbush';
export const EMAIL = 'zeb.quack@canary-mail.example';
export const VIN = '1HGCM82633A004352';
export const AUTH_TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00';
export const ADMIN_TOKEN = 'admin-canary-5f2e9b';
export const REDIS_PASSWORD = 'redis-canary-77aa';
export const DATABASE_PASSWORD = 'database-canary-88bb';
/** Pressed one after the other. */
export const DIGITS = '47109352';

/** A phone number as people and programs write it. */
export function spellings(e164: string): string[] {
  const [, country = '', area = '', exchange = '', line = ''] =
    /^\+(\d+)(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? [];
  return [
    e164,
    `${country}${area}${exchange}${line}`,
    `${area}${exchange}${line}`,
    `(${area}) ${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `%2B${country}${area}${exchange}${line}`,
    `+${country} ${area} ${exchange} ${line}`,
    `(${area})%20${exchange}-${line}`,
  ];
}

/** `tokens`: of streams, which are made while the drill runs. */
export function canaries(tokens: readonly string[]): Canaries {
  return {
    'phone numbers': [NUMBER, STRANGER].flatMap(spellings),
    names: [new RegExp(FIRST_NAME, 'i'), new RegExp(LAST_NAME, 'i'), /zeb\.quack/i],
    'vehicle numbers': [new RegExp(VIN, 'i')],
    'keys pressed': [DIGITS, /"digits?" ?: ?"[\d*#]/, /pressed [\d*#]/],
    'tokens of streams': tokens,
    'secrets of the gateway': [AUTH_TOKEN, ADMIN_TOKEN, REDIS_PASSWORD, DATABASE_PASSWORD],
  };
}

/** What was found in a text: which canary of which kind, and where it stands. */
export function found(text: string, all: Canaries): string[] {
  return Object.entries(all).flatMap(([what, words]) =>
    words.flatMap((word) => {
      const at = typeof word === 'string' ? text.indexOf(word) : text.search(word);
      return at < 0 ? [] : [`${what} (${word}): ${text.slice(Math.max(0, at - 60), at + 60)}`];
    }),
  );
}

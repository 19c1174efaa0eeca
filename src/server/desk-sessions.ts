import { Seal } from '../core/seal.js';

/** The cookie of whoever has signed in at the front desk. */
export const DESK_COOKIE = 'bayline_desk';
/** So long it is good. */
export const SIGNED_IN_MS = 12 * 60 * 60 * 1000;

/** Somebody who has signed in at the front desk. */
export interface DeskSession {
  /** What the person is called, for the others who look at the same calls; null: they did not say. */
  readonly name: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The cookie's value, which no other has. */
  readonly sealed: string;
}

/**
 * Who has signed in, without a list of them: the cookie is sealed with `ADMIN_TOKEN`, so that every gateway with the same token reads it, and a
 * changed token voids all. It cannot be taken back before its time but by changing the token.
 */
export class DeskSessions {
  readonly #seal: Seal;
  readonly #now: () => number;

  /** `token`: ADMIN_TOKEN; undefined: nobody can sign in. `now`: milliseconds since 1970. */
  constructor(token: string | undefined, now: () => number = Date.now) {
    this.#seal = new Seal(token?.normalize('NFC'), 'bayline front desk');
    this.#now = now;
  }

  open(name: string | null): { readonly cookie: string; readonly session: DeskSession } {
    const expiresAt = this.#now() + SIGNED_IN_MS;
    const cookie = this.#seal.close([expiresAt, name]);
    return { cookie, session: { name, expiresAt, sealed: cookie } };
  }

  /** `cookies`: the header of a request. Null when there is none of ours in it, or its time is over. */
  of(cookies: string | undefined): DeskSession | null {
    for (const pair of (cookies ?? '').split(';')) {
      const [name = '', value = ''] = pair.trim().split('=', 2);
      const session = name === DESK_COOKIE ? sessionOf(value, this.#seal.open(value)) : null;
      if (session && session.expiresAt > this.#now()) return session;
    }
    return null;
  }
}

function sessionOf(sealed: string, value: unknown): DeskSession | null {
  if (!Array.isArray(value)) return null;
  const [expiresAt, name]: unknown[] = value;
  if (typeof expiresAt !== 'number' || (name !== null && typeof name !== 'string')) return null;
  return { name, expiresAt, sealed };
}

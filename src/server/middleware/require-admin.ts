import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { logSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import { isLocalOrigin } from '../../core/loopback.js';
import type { Metrics } from '../../core/metrics.js';
import type { DeskSessions } from '../desk-sessions.js';
import {
  FOREIGN_BECAUSE,
  type Foreign,
  foreignTo,
  hostNamesOf,
  isForwarded,
  isOfAnotherSite,
  isOwnHost,
} from '../this-machine.js';
import { askerOf, WrongTokens } from '../wrong-tokens.js';

interface AdminGuardOptions {
  /** `ADMIN_TOKEN`. */
  readonly token: string | undefined;
  /** Who has signed in with it. */
  readonly sessions: Pick<DeskSessions, 'of'>;
  readonly origin: () => string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly wrongTokens?: WrongTokens;
}

/** Why a request of the admin side is refused, and what is answered. */
interface AdminRefusal {
  readonly status: 401 | 403 | 429;
  readonly reason: Foreign | 'no_token' | 'wrong_token' | 'too_many';
  readonly error: string;
  readonly retryAfter?: number;
}

const GIVE_TOKEN = 'Give the ADMIN_TOKEN as a bearer token.';
const NOT_THE_TOKEN = 'This is not the ADMIN_TOKEN.';
const READS = ['GET', 'HEAD', 'OPTIONS'];
const WRONG_HOST =
  'The Host must be that of PUBLIC_URL or a name of this machine. A proxy in front must pass it on.';

/** Who may see the shop's data and the gateway's figures. */
export class AdminGuard {
  readonly #options: AdminGuardOptions;
  readonly #wrongTokens: WrongTokens;
  readonly #admit = logSampler(REFUSALS);

  constructor(options: AdminGuardOptions) {
    this.#options = options;
    this.#wrongTokens = options.wrongTokens ?? new WrongTokens();
  }

  /** Guards the shop's data, `/api`: asks for the token or who has signed in with it, without a token admits this machine alone. */
  readonly desk: RequestHandler = (request, response, next) => {
    this.#pass(this.refusalOf(request), request, response, next);
  };

  /** Guards the way in: a request that needs not show the token yet, of no page elsewhere. */
  readonly entrance: RequestHandler = (request, response, next) => {
    this.#pass(this.#elsewhere(request), request, response, next);
  };

  /** Guards the page, which holds no data: a name that somebody points here gets none, a link on a page of another site opens it. */
  readonly page: RequestHandler = (request, response, next) => {
    const refusal = this.#elsewhere(request);
    this.#pass(refusal?.reason === 'cross_site' ? null : refusal, request, response, next);
  };

  /** Guards figures of the gateway: whoever reaches it directly sees them, whoever comes through a proxy only with the token. */
  readonly figures: RequestHandler = (request, response, next) => {
    const { token } = this.#options;
    if (!isForwarded(request) && !this.#isByPublicName(request)) return next();
    const refusal = token === undefined ? unreachable('forwarded') : this.#withoutToken(request, token);
    this.#pass(refusal, request, response, next);
  };

  /** Null: it may see the shop's data. */
  refusalOf(request: Request): AdminRefusal | null {
    const { token } = this.#options;
    return this.#elsewhere(request) ?? (token === undefined ? null : this.#withoutToken(request, token));
  }

  /** Goes on when `given` is the token, else answers why not. Nobody needs to sign in where there is none. */
  signIn(request: Request, response: Response, given: string, next: () => void): void {
    const { token } = this.#options;
    const isRight = () => token !== undefined && isToken(given, token);
    const refusal = token === undefined ? null : this.#judge(request, isRight, NOT_THE_TOKEN);
    this.#pass(refusal, request, response, next);
  }

  /** A page of another site, or one behind a name of its own, may not use what the browser remembers of ours. */
  #elsewhere(request: Request): AdminRefusal | null {
    const { token, origin } = this.#options;
    if (token === undefined) return unreachable(foreignTo(request, origin()));
    if (!isOwnHost(request, origin())) return { status: 403, reason: 'host', error: WRONG_HOST };
    return isOfAnotherSite(request, origin()) ? crossSite(request) : null;
  }

  #withoutToken(request: Request, token: string): AdminRefusal | null {
    const { authorization, cookie } = request.headers;
    if (authorization !== undefined)
      return this.#judge(request, () => presentsToken(authorization, token), GIVE_TOKEN);
    if (!this.#options.sessions.of(cookie)) return { status: 401, reason: 'no_token', error: GIVE_TOKEN };
    // Browsers send a cookie whoever asks them to. They say who asks with every write.
    const { origin, 'sec-fetch-site': site } = request.headers;
    const isNamed = READS.includes(request.method) || origin !== undefined || site !== undefined;
    return isNamed ? null : crossSite(request);
  }

  #judge(request: Request, isRight: () => boolean, error: string): AdminRefusal | null {
    const asker = askerOf(request);
    const retryAfter = this.#wrongTokens.waitOf(asker);
    const isLookedAt = retryAfter === null || this.#wrongTokens.isProven(asker);
    if (isLookedAt && isRight()) {
      this.#wrongTokens.right(asker);
      return null;
    }
    if (retryAfter !== null) {
      const wait = `Too many wrong tokens. Try again in ${retryAfter} s.`;
      return { status: 429, reason: 'too_many', error: wait, retryAfter };
    }
    this.#wrongTokens.wrong(asker);
    return { status: 401, reason: 'wrong_token', error };
  }

  #isByPublicName(request: Request): boolean {
    const origin = this.#options.origin();
    return !isLocalOrigin(origin) && hostNamesOf(request).includes(new URL(origin).hostname);
  }

  #pass(refusal: AdminRefusal | null, request: Request, response: Response, next: () => void): void {
    if (refusal === null) return next();
    const { status, reason, error, retryAfter } = refusal;
    this.#options.metrics.adminRefusals.inc({ reason });
    const suppressed = reason === 'no_token' ? null : this.#admit(reason);
    if (suppressed !== null)
      this.#options.logger.warn(
        { reason, ...askerOf(request), why: error, suppressed },
        'The admin side refused a request',
      );
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    if (status === 401) response.set('WWW-Authenticate', this.#challengesFor(request));
    response.status(status).json({ error });
  }

  /** A browser asks for a password when an address was opened that has one; what a page fetches opens no dialog over it. */
  #challengesFor({ headers }: Request): string[] {
    const asks = this.#options.token !== undefined && headers.accept?.includes('text/html') === true;
    return ['Bearer realm="bayline"', ...(asks ? ['Basic realm="bayline", charset="UTF-8"'] : [])];
  }
}

function crossSite({ method }: Request): AdminRefusal {
  const may = READS.includes(method) ? 'see' : 'change';
  return { status: 403, reason: 'cross_site', error: `A page of another site may ${may} nothing here.` };
}

function unreachable(reason: Foreign | null): AdminRefusal | null {
  if (reason === null) return null;
  const error = `Without ADMIN_TOKEN this answers to this machine alone, and ${FOREIGN_BECAUSE[reason]}. Set ADMIN_TOKEN.`;
  return { status: 401, reason, error };
}

/**
 * Whether an `Authorization` header, as Node gives it, has the token: `Bearer TOKEN`, or Basic with the token as password so that a
 * browser can ask for it. What is not ASCII may come in UTF-8 or Latin-1. Takes as long for a wrong token as for the right one.
 */
function presentsToken(header: string, token: string): boolean {
  const [, scheme = '', value = ''] = /^([a-z]+) ([^ ]+)$/i.exec(header) ?? [];
  const given = bytesOf(scheme.toLowerCase(), value);
  if (given === null) return false;
  const [utf8, latin1] = [given.toString('utf8'), given.toString('latin1')].map((text) =>
    isToken(text, token),
  );
  return utf8 === true || latin1 === true;
}

function bytesOf(scheme: string, value: string): Buffer | null {
  if (scheme === 'bearer') return Buffer.from(value, 'latin1');
  if (scheme !== 'basic') return null;
  const credentials = Buffer.from(value, 'base64');
  return credentials.subarray(credentials.indexOf(':') + 1);
}

/** Whether a text is the token, however its letters are composed. Takes as long for a wrong one as for the right one. */
function isToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.normalize('NFC')).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

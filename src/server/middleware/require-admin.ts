import type { Request, RequestHandler, Response } from 'express';
import { LogSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import { isLocalOrigin } from '../../core/loopback.js';
import type { Metrics } from '../../core/metrics.js';
import { presentsToken } from '../admin-token.js';
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

export interface AdminGuardOptions {
  /** `ADMIN_TOKEN`. */
  readonly token: string | undefined;
  readonly origin: () => string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly wrongTokens?: WrongTokens;
}

interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly reason: Foreign | 'no_token' | 'wrong_token' | 'too_many';
  readonly error: string;
  readonly retryAfter?: number;
}

const GIVE_TOKEN = 'Give the ADMIN_TOKEN as a bearer token.';
const READS = ['GET', 'HEAD', 'OPTIONS'];

/** Who may see the shop's data and the gateway's figures. */
export class AdminGuard {
  readonly #options: AdminGuardOptions;
  readonly #wrongTokens: WrongTokens;
  readonly #sampler = new LogSampler(REFUSALS);

  constructor(options: AdminGuardOptions) {
    this.#options = options;
    this.#wrongTokens = options.wrongTokens ?? new WrongTokens();
  }

  /** Guards the shop's data, `/api` and the page: asks for the token, without one admits this machine alone. */
  readonly desk: RequestHandler = (request, response, next) => {
    const { token, origin } = this.#options;
    const refusal =
      token === undefined
        ? unreachable(foreignTo(request, origin()))
        : (this.#elsewhere(request) ?? this.#withoutToken(request, token));
    this.#pass(refusal, request, response, next);
  };

  /** Guards figures of the gateway: whoever reaches it directly sees them, whoever comes through a proxy only with the token. */
  readonly figures: RequestHandler = (request, response, next) => {
    const { token } = this.#options;
    if (!isForwarded(request) && !this.#isByPublicName(request)) return next();
    const refusal = token === undefined ? unreachable('forwarded') : this.#withoutToken(request, token);
    this.#pass(refusal, request, response, next);
  };

  /** A page of another site, or one behind a name of its own, may not use what the browser remembers of ours. */
  #elsewhere(request: Request): Refusal | null {
    const origin = this.#options.origin();
    if (!isOwnHost(request, origin)) {
      const error =
        'The Host must be that of PUBLIC_URL or a name of this machine. A proxy in front must pass it on.';
      return { status: 403, reason: 'host', error };
    }
    if (READS.includes(request.method) || !isOfAnotherSite(request, origin)) return null;
    return { status: 403, reason: 'cross_site', error: 'A page of another site may change nothing here.' };
  }

  #withoutToken(request: Request, token: string): Refusal | null {
    const { authorization } = request.headers;
    if (authorization === undefined) return { status: 401, reason: 'no_token', error: GIVE_TOKEN };
    const asker = askerOf(request);
    const retryAfter = this.#wrongTokens.waitOf(asker);
    const isLookedAt = retryAfter === null || this.#wrongTokens.isProven(asker);
    if (isLookedAt && presentsToken(authorization, token)) {
      this.#wrongTokens.right(asker);
      return null;
    }
    if (retryAfter !== null) {
      const error = `Too many wrong tokens. Try again in ${retryAfter} s.`;
      return { status: 429, reason: 'too_many', error, retryAfter };
    }
    this.#wrongTokens.wrong(asker);
    return { status: 401, reason: 'wrong_token', error: GIVE_TOKEN };
  }

  #isByPublicName(request: Request): boolean {
    const origin = this.#options.origin();
    return !isLocalOrigin(origin) && hostNamesOf(request).includes(new URL(origin).hostname);
  }

  #pass(refusal: Refusal | null, request: Request, response: Response, next: () => void): void {
    if (refusal === null) return next();
    const { status, reason, error, retryAfter } = refusal;
    this.#options.metrics.adminRefusals.inc({ reason });
    const suppressed = reason === 'no_token' ? null : this.#sampler.admit(reason);
    if (suppressed !== null)
      this.#options.logger.warn(
        { reason, ...askerOf(request), why: error, suppressed },
        'The admin side refused a request',
      );
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    if (status === 401)
      response.set('WWW-Authenticate', ['Bearer realm="bayline"', 'Basic realm="bayline", charset="UTF-8"']);
    response.status(status).json({ error });
  }
}

function unreachable(reason: Foreign | null): Refusal | null {
  if (reason === null) return null;
  const error = `Without ADMIN_TOKEN this answers to this machine alone, and ${FOREIGN_BECAUSE[reason]}. Set ADMIN_TOKEN.`;
  return { status: 401, reason, error };
}

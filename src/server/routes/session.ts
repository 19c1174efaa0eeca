import { type CookieOptions, type Request, Router } from 'express';
import { z } from 'zod';
import { Time } from '../../core/fields.js';
import { isLoopbackName } from '../../core/loopback.js';
import { DESK_COOKIE, type DeskSession, type DeskSessions, SIGNED_IN_MS } from '../desk-sessions.js';
import { jsonBody } from '../middleware/json-body.js';
import type { AdminGuard } from '../middleware/require-admin.js';
import type { SignedInStreams } from '../signed-in-streams.js';
import { hostNamesOf, isForwarded } from '../this-machine.js';
import { parse, words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Front desk';

const SessionBody = z.strictObject({
  token: z
    .string({ error: 'must be a text' })
    .min(1, { error: 'must not be empty' })
    .max(1000, { error: 'must have at most 1000 characters' })
    .describe('the ADMIN_TOKEN'),
  name: words(40).nullable().default(null).describe('who works at this desk, for the others to see'),
});

const SessionAnswer = z
  .object({
    signed_in: z.boolean().describe('the rest of the API answers whoever asked this'),
    required: z
      .boolean()
      .describe('whether there is an ADMIN_TOKEN to sign in with; without one this machine is let in'),
    name: z.string().nullable().describe('who has signed in; null: nobody, or without a name'),
    expires_at: Time.nullable().describe('until when the cookie is good; null: there is none'),
  })
  .meta({ id: 'SignIn', description: 'Whether somebody is signed in at the front desk.' });

export const SESSION = {
  get: operation({
    method: 'get',
    path: '/api/session',
    id: 'getSession',
    tag,
    summary: 'Whether who asks is signed in, and whether there is anything to sign in to',
    isOpen: true,
    answer: SessionAnswer,
    example: {},
  }),
  open: operation({
    method: 'post',
    path: '/api/session',
    id: 'signIn',
    tag,
    summary: 'Signs in: sets a cookie that is good for 12 hours at every gateway of the shop',
    details:
      'The cookie is HttpOnly, SameSite=Strict and, behind https, Secure. A changed ADMIN_TOKEN voids it. With it, every write must come with the `Origin` or `Sec-Fetch-Site` that browsers send.',
    isOpen: true,
    body: SessionBody,
    answer: SessionAnswer,
    example: { body: { token: 'a-long-and-secret-token', name: 'Ada' } },
  }),
  close: operation({
    method: 'delete',
    path: '/api/session',
    id: 'signOut',
    tag,
    summary: 'Signs out: the browser forgets the cookie',
    isOpen: true,
    status: 204,
    example: {},
  }),
};

interface SessionRouteOptions {
  readonly guard: AdminGuard;
  readonly sessions: DeskSessions;
  readonly streams: Pick<SignedInStreams, 'end'>;
  /** There is a token to sign in with. */
  readonly isRequired: boolean;
  readonly origin: () => string;
}

/** Signing in and out at the front desk; asks for no token but in the body. */
export function sessionRoutes(options: SessionRouteOptions): Router {
  const { guard, sessions, streams, isRequired, origin } = options;
  const router = Router();
  const { path } = SESSION.open;
  const answer = (isSignedIn: boolean, session: DeskSession | null) => ({
    signed_in: isSignedIn,
    required: isRequired,
    name: session?.name ?? null,
    expires_at: session && new Date(session.expiresAt).toISOString(),
  });
  router.use(path, guard.entrance, jsonBody('4kb'));
  serve(router, SESSION.get, (_input, request) =>
    answer(guard.refusalOf(request) === null, sessions.of(request.headers.cookie)),
  );
  router.post(path, (request, response) => {
    const { token, name } = parse(SessionBody, request.body);
    guard.signIn(request, response, token, () => {
      if (!isRequired) return response.json(answer(true, null));
      const { cookie, session } = sessions.open(name);
      response.cookie(DESK_COOKIE, cookie, { ...cookieOptions(request, origin()), maxAge: SIGNED_IN_MS });
      return response.json(answer(true, session));
    });
  });
  router.delete(path, (request, response) => {
    streams.end(request);
    response.clearCookie(DESK_COOKIE, cookieOptions(request, origin())).status(204).end();
  });
  return router;
}

// By a name of this machine the page may be open without TLS, though the world sees it with.
function cookieOptions(request: Request, origin: string): CookieOptions {
  const isDirect =
    !isForwarded(request) && hostNamesOf(request).every((name) => name && isLoopbackName(name));
  return {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: origin.startsWith('https:') && !isDirect,
  };
}

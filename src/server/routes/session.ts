import { type CookieOptions, type Request, Router } from 'express';
import { isLoopbackName } from '../../core/loopback.js';
import { DESK_COOKIE, type DeskSession, type DeskSessions, SIGNED_IN_MS } from '../desk-sessions.js';
import { jsonBody } from '../middleware/json-body.js';
import type { AdminGuard } from '../middleware/require-admin.js';
import { hostNamesOf, isForwarded } from '../this-machine.js';
import { parse } from './api-input.js';
import { serve } from './operation.js';
import { SESSION, SessionBody } from './session-operations.js';

export interface SessionRouteOptions {
  readonly guard: AdminGuard;
  readonly sessions: DeskSessions;
  /** There is a token to sign in with. */
  readonly isRequired: boolean;
  readonly origin: () => string;
}

/** Signing in and out at the front desk; asks for no token but in the body. */
export function sessionRoutes({ guard, sessions, isRequired, origin }: SessionRouteOptions): Router {
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

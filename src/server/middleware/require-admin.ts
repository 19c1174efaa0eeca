import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { isLocalOrigin } from '../../config.js';

const FORWARDING = /^(x-forwarded-.+|forwarded|via)$/;
const LOOPBACK_PEER = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Guards the shop's data. With a token: `Authorization: Bearer TOKEN`, or Basic with the token as password so that a browser can ask for it.
 * Without: only a connection from this machine that nobody forwarded, while the public address is local too.
 */
export function requireAdmin(adminToken: string | undefined, origin: () => string): RequestHandler {
  return (request, response, next) => {
    const allowed = adminToken
      ? presentsToken(request.get('authorization'), adminToken)
      : isLocalOrigin(origin()) && isFromThisMachine(request);
    if (allowed) return next();
    response.set('WWW-Authenticate', ['Bearer realm="bayline"', 'Basic realm="bayline"']);
    const hint = adminToken
      ? 'Give the ADMIN_TOKEN as a bearer token.'
      : 'Set ADMIN_TOKEN to reach this from elsewhere than the machine itself.';
    response.status(401).json({ error: hint });
  };
}

function presentsToken(header: string | undefined, adminToken: string): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return equal(value, adminToken);
  if (scheme?.toLowerCase() !== 'basic') return false;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  return equal(credentials.slice(credentials.indexOf(':') + 1), adminToken);
}

// The Host is looked at as well: a page elsewhere must not reach us through a name that it points at 127.0.0.1.
function isFromThisMachine(request: IncomingMessage): boolean {
  const isForwarded = Object.keys(request.headers).some((name) => FORWARDING.test(name));
  const isLocalPeer = LOOPBACK_PEER.test(request.socket.remoteAddress ?? '');
  const host = `http://${request.headers.host ?? ''}`;
  return isLocalPeer && !isForwarded && URL.canParse(host) && isLocalOrigin(host);
}

function equal(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

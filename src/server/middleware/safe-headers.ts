import type { RequestHandler } from 'express';
import { isLocalOrigin } from '../../core/loopback.js';

/** The page is a telephone; of all else that a browser can do with the machine it needs nothing. */
const PERMISSIONS = [
  'microphone=(self)',
  ...'accelerometer camera display-capture geolocation gyroscope hid magnetometer midi payment serial usb'
    .split(' ')
    .map((feature) => `${feature}=()`),
].join(', ');
const A_YEAR = 'max-age=31536000';

/** For every answer, refusals included: nothing of the shop stays in a cache, is taken for another type or shows in a Referer elsewhere. */
export function safeHeaders(origin: () => string): RequestHandler {
  return (_request, response, next) => {
    response.set({
      'Cache-Control': 'no-store',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': PERMISSIONS,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    const address = origin();
    // Not for localhost: that would be for every other program of this machine too.
    if (address.startsWith('https:') && !isLocalOrigin(address))
      response.set('Strict-Transport-Security', A_YEAR);
    next();
  };
}

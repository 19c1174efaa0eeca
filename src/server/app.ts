import express, { type Express, type RequestHandler, type Router } from 'express';
import { pinoHttp } from 'pino-http';
import { logSampler, REFUSALS } from '../core/log-sampler.js';
import type { Logger } from '../core/logger.js';
import { isLocalOrigin } from '../core/loopback.js';
import { errorHandler, loggedPath, notFound } from './middleware/error-handler.js';
import { jsonBody } from './middleware/json-body.js';

/** The page is a telephone; of all else that a browser can do with the machine it needs nothing. */
const PERMISSIONS = [
  'microphone=(self)',
  ...'accelerometer camera display-capture geolocation gyroscope hid magnetometer midi payment serial usb'
    .split(' ')
    .map((feature) => `${feature}=()`),
].join(', ');
const A_YEAR = 'max-age=31536000';

interface AppParts {
  readonly logger: Logger;
  /** The public one. */
  readonly origin: () => string;
  /** Routes under `/api` that have a guard of their own: signing in. */
  readonly signIn: Router;
  /** Guards the shop's data: everything else under `/api`. */
  readonly admin: RequestHandler;
  /** Routes under `/api` that read bodies of other types than JSON. */
  readonly uploads: Router;
  readonly routers: readonly Router[];
}

/**
 * The form parser of the webhooks: flat, because a nested one would break the signature. Twilio sends some 30 parameters; a browser's call
 * or a PBX may add 200 of its own, and 64 kB.
 */
export function formParser(): RequestHandler {
  return express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 256 });
}

/** The Express application: every answer is ours, none the framework's. */
export function createApp({ logger, origin, signIn, admin, uploads, routers }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(requestLog(logger));
  app.use(safeHeaders(origin));
  app.use(signIn);
  app.use('/api', admin);
  app.use(uploads);
  app.use('/api', jsonBody('64kb'));
  for (const router of routers) app.use(router);
  app.use(notFound);
  app.use(errorHandler(logger));
  return app;
}

/** For every answer, refusals included: nothing of the shop stays in a cache, is taken for another type or shows in a Referer elsewhere. */
function safeHeaders(origin: () => string): RequestHandler {
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

// Method, path without its query, status and time: headers and queries hold tokens and numbers.
function requestLog(logger: Logger): RequestHandler {
  const admit = logSampler(REFUSALS);
  return pinoHttp({
    logger,
    serializers: {
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        path: loggedPath(request.url),
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    customLogLevel: ({ url, method }, { statusCode }) => {
      // Asked every few seconds; what they tell is in the answer and the metrics.
      if (url?.startsWith('/health')) return 'debug';
      if (statusCode >= 500) return 'error';
      // Anybody can cause refusals.
      if (statusCode >= 400) return admit(String(statusCode)) === null ? 'silent' : 'warn';
      return method === 'POST' ? 'info' : 'debug';
    },
    // pino-http would add an error of its own with a stack that says nothing.
    customErrorObject: (_request, response, _error, line: { responseTime: number }) => ({
      res: response,
      responseTime: line.responseTime,
    }),
    customSuccessMessage: () => 'Request answered',
    customErrorMessage: () => 'Request failed',
  });
}

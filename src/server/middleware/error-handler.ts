import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { type ErrorCode, GatewayError, summarize } from '../../core/errors.js';
import { logSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';

const TWILIO_PATH = /^\/twilio(?:\/|$)/i;

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_MANY: 429,
  UNAVAILABLE: 503,
  DEADLINE: 503,
};

/** How Node and Express say that the asker has gone, before the first byte or while it was answered. */
const GONE = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ECONNABORTED'];

/**
 * Every error as one clear sentence: JSON under `/api`, plain text elsewhere; never a stack, never a framework's page. What is refused to
 * Twilio is logged with its reason: the caller has heard "an application error", and nobody else learns why. An answer that has begun
 * is cut, so that nobody takes a part for the whole.
 */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  const admit = logSampler(REFUSALS);
  const logRefusal = (path: string, status: number, reason: string) => {
    const suppressed = admit(reason);
    if (suppressed !== null) logger.warn({ path, status, reason, suppressed }, 'A webhook was refused');
  };
  // Express takes it for an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const fault = { err: summarize(error), path: loggedPath(request.path) };
    const isGone = GONE.includes(fault.err.code ?? '');
    if (isGone || response.headersSent) {
      logger[isGone ? 'debug' : 'warn'](fault, 'An answer broke off');
      return void response.destroy();
    }
    const status = statusOf(error);
    if (status >= 500) logger.error(fault, 'A request failed');
    const message = sentence(error, status);
    if (status < 500 && TWILIO_PATH.test(request.path)) logRefusal(request.path, status, message);
    refuse(request, response, status, message);
  };
}

export const notFound: RequestHandler = (_request, _response, next) => {
  next(new GatewayError('NOT_FOUND', 'There is nothing at this address.'));
};

/** As the log may have it: without the query, and without the secret of the calendar's address. */
export function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(/^(\/calendar\/).*$/is, '$1***');
}

function refuse(request: Request, response: Response, status: number, message: string): void {
  response.status(status);
  if (request.path.startsWith('/api')) response.json({ error: message });
  else response.type('text/plain').send(`${message}\n`);
}

// Express and body-parser put the status on the error (400 malformed, 413 too large).
function statusOf(error: unknown): number {
  if (error instanceof GatewayError) return STATUS[error.code] ?? 500;
  const status = error instanceof Error && 'status' in error ? error.status : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function sentence(error: unknown, status: number): string {
  if (error instanceof GatewayError && status < 500) return error.message;
  if (status === 413) return tooMuch(error);
  if (status === 415) return 'The charset or encoding of the request is not understood.';
  if (status === 503) return 'This cannot be reached right now. Please try again in a moment.';
  return status < 500 ? 'The request is malformed.' : 'Something went wrong here. It has been logged.';
}

function tooMuch(error: unknown): string {
  const isOfParameters = error instanceof Error && 'type' in error && error.type === 'parameters.too.many';
  return isOfParameters ? 'The request has too many parameters.' : 'The request is too large.';
}

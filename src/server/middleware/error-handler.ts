import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { type ErrorCode, GatewayError, summarize } from '../../errors.js';
import type { Logger } from '../../logger.js';

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNAVAILABLE: 503,
  DEADLINE: 503,
};

/** Every error as one clear sentence: JSON under `/api`, plain text elsewhere; never a stack, never a framework's page. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status >= 500) logger.error({ err: summarize(error), path: request.path }, 'A request failed');
    refuse(request, response, status, sentence(error, status));
  };
}

export const notFound: RequestHandler = (request, response) => {
  refuse(request, response, 404, 'There is nothing at this address.');
};

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
  if (status === 413) return 'The request is too large.';
  if (status === 503) return 'This cannot be reached right now. Please try again in a moment.';
  return status < 500 ? 'The request is malformed.' : 'Something went wrong here. It has been logged.';
}

import express, { type RequestHandler } from 'express';
import { GatewayError, summarize } from '../../core/errors.js';
import { hasBody } from '../ignored-offers.js';
import { jsonFault } from '../json-fault.js';

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;
const WRONG_TYPE = 'Send the body as JSON, with the header Content-Type: application/json.';
const WRONG_CHARSET = 'Send the body in UTF-8, with the header Content-Type: application/json.';
const WRONG_ENCODING = 'Send the body as it is, or with Content-Encoding gzip, deflate or br.';

/**
 * Reads the body of a request that may have one as JSON in UTF-8 into `request.body`; none leaves it undefined. A body of another type is
 * answered 415, and one that is no JSON rejected with `BAD_REQUEST` and its place: what is right in it is not accused.
 */
export function jsonBody(limit: string): RequestHandler {
  const readBytes = express.raw({ limit, type: () => true });
  return (request, response, next) => {
    if (!/^(POST|PUT|PATCH)$/.test(request.method) || !hasBody(request)) return next();
    const refuse = (message: string) => void response.status(415).json({ error: message });
    const type = request.get('content-type') ?? '';
    if (!JSON_TYPE.test(type)) return refuse(WRONG_TYPE);
    if (!/^utf-?8$/i.test(CHARSET.exec(type)?.[1] ?? 'utf-8')) return refuse(WRONG_CHARSET);
    return readBytes(request, response, (error: unknown) => {
      if (isUnknownEncoding(error)) return refuse(WRONG_ENCODING);
      if (error) return next(error);
      try {
        request.body = parseBytes(request.body);
        return next();
      } catch (fault) {
        return next(fault);
      }
    });
  };
}

function isUnknownEncoding(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'encoding.unsupported';
}

function parseBytes(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  const text = decode(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = jsonFault(text);
    if (!fault) throw new GatewayError('BAD_REQUEST', summarize(error).message);
    const how = fault.isEnd ? 'it ends too early, at' : 'see';
    throw new GatewayError(
      'BAD_REQUEST',
      `The body is not valid JSON: ${how} line ${fault.line}, column ${fault.column}.`,
    );
  }
}

// A byte order mark is skipped.
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new GatewayError('BAD_REQUEST', 'The body is not UTF-8.');
  }
}

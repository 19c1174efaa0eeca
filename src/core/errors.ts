/**
 * A fault with a sentence for the person who reads it and a code for the program that handles it.
 * `message` says what happened, where, and what to do; it never carries a phone number, digit or token.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'GatewayError';
    this.code = code;
  }
}

export const ERROR_CODES = [
  'BAD_CONFIG',
  'BAD_MESSAGE',
  'BAD_REQUEST',
  'CONFLICT',
  'DEADLINE',
  'FORBIDDEN',
  'NOT_FOUND',
  'SPEECH_FAILED',
  'TOO_MANY',
  'UNAVAILABLE',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What may safely be logged of an unknown error: its name, code and message, never its payload or arguments. */
export interface ErrorSummary {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** Strips an error to {@link ErrorSummary}; ioredis puts the whole written value on `error.command`, which must not be logged. */
export function summarize(error: unknown): ErrorSummary {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: typeof error === 'string' ? error : `a thrown ${typeof error}` };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, message: error.message, ...(code === undefined ? {} : { code }) };
}

/** Timers run before sockets are read: `then` follows what came while the event loop was blocked. */
export function afterReading(ms: number, then: () => unknown): NodeJS.Timeout {
  return setTimeout(() => setImmediate(then), ms);
}

/**
 * Settles like `work`, or rejects with a `DEADLINE` error after `ms` milliseconds. The work itself is not stopped: its outcome is then
 * unknown to the caller. An answer that came while the event loop was blocked still counts.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new GatewayError('DEADLINE', `${what} took longer than ${ms} ms`));
    timer = afterReading(ms, giveUp);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

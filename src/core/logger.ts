import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type ErrorSummary, summarize } from './errors.js';
import { LogOutput } from './log-output.js';
import { digitsOf, replacePhoneNumbers } from './phone-numbers.js';

export type Logger = PinoLogger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the JSON lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

const SECRET_KEYS = ['digit', 'digits', 'token', 'authToken', 'adminToken', 'authorization', 'signature'];
const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]).concat([
  'headers["x-twilio-signature"]',
  '*.headers["x-twilio-signature"]',
  '*.headers.authorization',
]);

const STREAM_TOKEN = /(\/twilio\/media\/)[^"\s?\\]+/g;

/**
 * Hides all but the first four and last four digits of every phone number in a text: `+1555***4567`; three digits at least.
 * Without a plus only numbers of ten digits and more are known for what they are.
 */
export function maskPhoneNumbers(text: string): string {
  return replacePhoneNumbers(text, (written) => {
    const digits = digitsOf(written);
    return `${digits.slice(0, Math.min(4, digits.length - 7))}***${digits.slice(-4)}`;
  });
}

function isSummary(error: unknown): error is ErrorSummary {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}

interface LoggedError extends ErrorSummary {
  readonly stack?: string;
  readonly cause?: LoggedError;
}

// Not pino's own serializer: that one copies every property, and ioredis puts the whole written value on the error.
function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return isSummary(error) ? error : summarize(error);
  const { stack, cause } = error;
  return {
    ...summarize(error),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || depth > 3 ? {} : { cause: loggedError(cause, depth + 1) }),
  };
}

/**
 * The one logger of a gateway. Masking happens on the finished line, so that a number inside a message,
 * an error or a nested object is caught as well as one in a field of its own.
 */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: {},
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => loggedError(error) },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    hooks: {
      streamWrite: (line: string) => maskPhoneNumbers(line).replace(STREAM_TOKEN, '$1[redacted]'),
    },
  };
  return pino(options, destination ?? new LogOutput(1));
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/** How a line looks where a person watches: coloured, one line each. */
export function terminalFormat(): (line: string) => string {
  const pretty = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  return (line) => pretty(line) ?? line;
}

import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

export type Logger = PinoLogger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
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

// E.164 as it stands in text, JSON and URLs ("%2B" is "+"): country code and 7 to 14 further digits.
const PHONE_NUMBER = /(\+|%2B)(\d{4})\d*?(\d{4})(?!\d)/gi;
const STREAM_TOKEN = /(\/twilio\/media\/)[^"\s?\\]+/g;

/** Hides all but the first four and last four digits of every E.164 number in a text: `+1555***4567`. */
export function maskPhoneNumbers(text: string): string {
  return text.replace(PHONE_NUMBER, '$1$2***$3');
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
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    hooks: {
      streamWrite: (line: string) => maskPhoneNumbers(line).replace(STREAM_TOKEN, '$1[redacted]'),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

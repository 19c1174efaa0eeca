import { createLogger, type Logger, type LogLevel } from '../../src/core/logger.js';

/** A logger whose lines can be read: what a person would see, masked as it would be. */
export function logSink(level: LogLevel = 'debug'): { logger: Logger; text(): string; lines(): LogLine[] } {
  const written: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => void written.push(line) } });
  return {
    logger,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line)),
  };
}

export interface LogLine {
  readonly level: LogLevel;
  readonly msg: string;
  readonly kind?: string;
  readonly operation?: string;
  readonly suppressed?: number;
  readonly reason?: string;
  readonly expected?: string;
  readonly blocked_ms?: number;
}

import { GatewayError } from './core/errors.js';
import { parseRedisUrl } from './core/redis-url.js';
import { kindOf, ttlProblem } from './store-arguments.js';

/** Ten minutes: everything that waits for Redis waits at most that long. */
const LONGEST_TIMEOUT_MS = 600_000;
const LOG_METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Says what is wrong with the value of an option, `null` when nothing is. An option that is `undefined` is absent. */
type Check = (value: unknown) => string | null;

const SHARED_CHECKS: Readonly<Record<string, Check>> = {
  sessionTtlSeconds: ttlProblem,
  customerTtlSeconds: ttlProblem,
  logger: loggerProblem,
};
const CHECKS: Readonly<Record<string, Check>> = {
  url: urlProblem,
  commandTimeoutMs: timeoutProblem,
  onFault: functionProblem,
  ...SHARED_CHECKS,
};

/**
 * Throws one `BAD_CONFIG` GatewayError that names every option which `createRedisStore` cannot use. It never repeats a text: that may
 * hold a password.
 */
export function checkRedisStoreOptions(options: unknown): void {
  const url = Object(options).url === undefined ? ['url must be given: it says where Redis is'] : [];
  refuse('createRedisStore', [...url, ...problemsOf(options, CHECKS)]);
}

/** The same for `createMemoryStore`. Programs that choose between both may give it the options of Redis, too: it has no use for them. */
export function checkMemoryStoreOptions(options: unknown): void {
  const unused = Object.fromEntries(Object.keys(CHECKS).map((name) => [name, () => null]));
  refuse('createMemoryStore', problemsOf(options, { ...unused, ...SHARED_CHECKS }));
}

function problemsOf(options: unknown, checks: Readonly<Record<string, Check>>): string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [`the options must be an object, not ${kindOf(options)}`];
  }
  const given = new Map<string, unknown>(Object.entries(options));
  for (const name of Object.keys(checks)) given.set(name, Object(options)[name]);
  return [...given].flatMap(([name, value]) => {
    if (value === undefined) return [];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) return [`${name} is not an option: there are ${Object.keys(checks).join(', ')}`];
    const problem = check(value);
    return problem === null ? [] : [`${name} ${problem}`];
  });
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new GatewayError('BAD_CONFIG', `${what}: ${problems.join('; ')}`);
}

function urlProblem(value: unknown): string | null {
  if (value instanceof URL) return 'must be text, not a URL object: give its href';
  if (typeof value !== 'string' || value.trim() === '')
    return `must be the address of Redis as text, not ${kindOf(value)}`;
  try {
    parseRedisUrl(value);
    return null;
  } catch (error) {
    return `is no address of Redis: ${error instanceof Error ? error.message : 'it cannot be read'}`;
  }
}

function timeoutProblem(value: unknown): string | null {
  const isTime = typeof value === 'number' && value >= 1 && value <= LONGEST_TIMEOUT_MS;
  return isTime
    ? null
    : `must be a number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}, not ${kindOf(value)}`;
}

function functionProblem(value: unknown): string | null {
  return typeof value === 'function' ? null : `must be a function, not ${kindOf(value)}`;
}

function loggerProblem(value: unknown): string | null {
  const missing = LOG_METHODS.filter((method) => typeof Object(value)[method] !== 'function');
  return missing.length === 0 ? null : `must be a pino logger: it has no ${missing.join(', ')}`;
}

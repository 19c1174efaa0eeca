import { z } from 'zod';
import { parseDatabaseUrl } from './core/database-url.js';
import { GatewayError, summarize } from './core/errors.js';
import { isLocalOrigin } from './core/loopback.js';
import { parseOpeningHours } from './core/opening-hours.js';
import { parseRedisUrl, REDIS_URL_FORMS } from './core/redis-url.js';

/** Every setting of one gateway, parsed and checked. */
export type Config = Readonly<ReturnType<typeof toConfig>>;

const HOURS_FORM = 'opening hours, such as Mon-Fri 08:00-17:00, Sat 09:00-12:00, Sun closed';

const text = (form: string) => z.string({ error: `must be ${form}` });
const matching = (form: string, pattern: RegExp) => text(form).regex(pattern, { error: `must be ${form}` });
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

function integer(min: number, max: number) {
  const form = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { error: form })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: form });
}

function url(form: string, protocols: readonly string[]) {
  return text(form).refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be ${form}`,
  });
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value) || /[?#@]/.test(value)) return false;
  const { protocol, pathname } = new URL(value);
  return pathname === '/' && (protocol === 'http:' || protocol === 'https:');
}

/** What the parser of a setting takes; what it says of the rest may repeat the value. */
function isReadBy(parse: (value: string) => unknown): (value: string) => boolean {
  return (value) => faultOf(parse, value) === null;
}

function faultOf(parse: (value: string) => unknown, value: string): string | null {
  try {
    parse(value);
    return null;
  } catch (error) {
    return summarize(error).message;
  }
}

const isTimezone = isReadBy((value) => new Intl.DateTimeFormat('en-US', { timeZone: value }));

const Environment = z.object({
  PORT: integer(0, 65_535).default(3000),
  HOST: text('a host name or address').optional(),
  WORKERS: integer(1, 64).default(1),
  PUBLIC_URL: text('an origin')
    .refine(isOrigin, { error: 'must be an origin without a path, such as https://voice.example.com' })
    .transform((value) => ({ origin: new URL(value).origin, written: value.trim() }))
    .optional(),
  TWILIO_ACCOUNT_SID: matching('an account SID: AC and 32 hex digits', /^AC[0-9a-fA-F]{32}$/).optional(),
  TWILIO_AUTH_TOKEN: matching('the auth token from the Twilio console', /^\S{8,}$/).optional(),
  REDIS_URL: text(REDIS_URL_FORMS)
    .refine(isReadBy(parseRedisUrl), { error: `must be ${REDIS_URL_FORMS}` })
    .optional(),
  DATABASE_URL: text('postgres://user@host:port/database')
    .superRefine((value, context) => {
      const fault = faultOf(parseDatabaseUrl, value);
      if (fault !== null) context.addIssue(fault);
    })
    .optional(),
  DATA_DIR: text('a folder, or memory').default('./data'),
  SESSION_TTL_SECONDS: integer(1, 604_800).default(3600),
  CUSTOMER_TTL_SECONDS: integer(1, 604_800).default(300),
  AGENT: oneOf(['auto', 'keypad', 'openai', 'echo']).default('auto'),
  OPENAI_API_KEY: text('an OpenAI API key').optional(),
  OPENAI_REALTIME_URL: url('a wss:// address', ['ws:', 'wss:']).default('wss://api.openai.com/v1/realtime'),
  OPENAI_REALTIME_MODEL: text('the name of a realtime model').default('gpt-realtime'),
  SHOP_NAME: matching('the name of the shop, at most 60 characters', /^.{1,60}$/).default(
    'Bayline Auto Repair',
  ),
  SHOP_TIMEZONE: text('an IANA time zone')
    .refine(isTimezone, { error: 'must be an IANA time zone such as America/Chicago' })
    .default('America/Chicago'),
  SHOP_HOURS: text('opening hours')
    .superRefine((value, context) => {
      const fault = faultOf(parseOpeningHours, value);
      // The part at fault is named, but not where nothing looks like hours: that may be a secret in the wrong place.
      const named = /\d/.test(value) ? `cannot be used. ${fault}` : `must be ${HOURS_FORM}`;
      if (fault !== null) context.addIssue(named);
    })
    .default('Mon-Fri 08:00-17:00'),
  SHOP_BAYS: integer(1, 100).default(2),
  TRANSFER_NUMBER: matching('a phone number such as +15125550100', /^\+[1-9]\d{7,14}$/).optional(),
  ADMIN_TOKEN: matching('a secret of at least 16 characters without spaces', /^[^\s\p{C}]{16,}$/u).optional(),
  KEEP_ALIVE_SECONDS: integer(1, 86_400).default(650),
  MAX_CALLS: integer(1, 100_000).default(1000),
  STREAM_START_TIMEOUT_MS: integer(100, 60_000).default(5000),
  STREAM_IDLE_TIMEOUT_MS: integer(100, 600_000).default(15_000),
  RESUME_WINDOW_SECONDS: integer(1, 3600).default(60),
  DRAIN_TIMEOUT_SECONDS: integer(0, 86_400).default(600),
  REDIS_COMMAND_TIMEOUT_MS: integer(10, 10_000).default(500),
  RECORD_DIR: text('a folder').optional(),
  RECORD_VOICE: oneOf(['0', '1']).default('1'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});
type Environment = z.infer<typeof Environment>;

/** Every name that is read from the environment. */
export const SETTING_NAMES: readonly string[] = Object.keys(Environment.shape);

/** Reads the settings from an environment. Throws one `BAD_CONFIG` error that lists every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map(problemOf);
  const problems = [...faults, ...conflicts(given)];
  if (!parsed.success || problems.length > 0) {
    throw new GatewayError('BAD_CONFIG', `The settings have ${count(problems)}:\n  ${problems.join('\n  ')}`);
  }
  return Object.freeze(toConfig(parsed.data));
}

// A setting's value may be a secret: the message names the setting and the form, never what was given.
function problemOf(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')} ${issue.message}`;
}

function count(problems: readonly string[]): string {
  return problems.length === 1 ? 'a problem' : `${problems.length} problems`;
}

function conflicts(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  if (env.AGENT === 'openai') {
    problems.push('AGENT openai is not part of this version yet: use keypad, echo or auto');
  }
  if (env.TWILIO_ACCOUNT_SID && !env.TWILIO_AUTH_TOKEN) {
    problems.push('TWILIO_AUTH_TOKEN must be set together with TWILIO_ACCOUNT_SID');
  }
  if (
    !env.TWILIO_AUTH_TOKEN &&
    env.PUBLIC_URL &&
    isOrigin(env.PUBLIC_URL) &&
    !isLocalOrigin(env.PUBLIC_URL)
  ) {
    problems.push(
      'TWILIO_AUTH_TOKEN must be set while PUBLIC_URL is not of this machine: anybody could pretend to be Twilio',
    );
  }
  if (Number(env.WORKERS) >= 2) {
    if (!env.REDIS_URL)
      problems.push('REDIS_URL must be set for 2 or more WORKERS: they share calls over it');
    if (!env.DATABASE_URL)
      problems.push('DATABASE_URL must be set for 2 or more WORKERS: PGlite serves one process only');
  }
  return problems;
}

function toConfig(env: Environment) {
  return {
    port: env.PORT,
    /** Processes on one port; with 2 or more, one more leads them. */
    workers: env.WORKERS,
    host: env.HOST ?? (env.TWILIO_AUTH_TOKEN ? '0.0.0.0' : '127.0.0.1'),
    /** The origin Twilio sees; undefined: `http://localhost:PORT`, known when the port is. */
    publicUrl: env.PUBLIC_URL?.origin,
    /** The same as it was written, in capitals perhaps: Twilio signs what its console has. */
    publicUrlAsWritten: env.PUBLIC_URL?.written,
    twilio: { accountSid: env.TWILIO_ACCOUNT_SID, authToken: env.TWILIO_AUTH_TOKEN },
    redis: { url: env.REDIS_URL, commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS },
    database: { url: env.DATABASE_URL, dataDir: env.DATA_DIR },
    ttl: { sessionSeconds: env.SESSION_TTL_SECONDS, customerSeconds: env.CUSTOMER_TTL_SECONDS },
    agent: env.AGENT === 'echo' ? ('echo' as const) : ('keypad' as const),
    shop: {
      name: env.SHOP_NAME,
      timezone: env.SHOP_TIMEZONE,
      hours: env.SHOP_HOURS,
      bays: env.SHOP_BAYS,
      transferNumber: env.TRANSFER_NUMBER,
    },
    adminToken: env.ADMIN_TOKEN,
    /** How long an HTTP connection stays open between two requests. */
    keepAliveSeconds: env.KEEP_ALIVE_SECONDS,
    maxCalls: env.MAX_CALLS,
    stream: { startTimeoutMs: env.STREAM_START_TIMEOUT_MS, idleTimeoutMs: env.STREAM_IDLE_TIMEOUT_MS },
    resumeWindowSeconds: env.RESUME_WINDOW_SECONDS,
    drainTimeoutSeconds: env.DRAIN_TIMEOUT_SECONDS,
    /** Where every stream is recorded; undefined: nowhere. */
    recordings: { folder: env.RECORD_DIR, keepVoice: env.RECORD_VOICE === '1' },
    logLevel: env.LOG_LEVEL,
  };
}

/** The settings that decide what callers hear, as an environment that `loadConfig` takes: no addresses, no secrets. */
export function audibleSettings({
  agent,
  shop,
  stream,
  resumeWindowSeconds,
}: Config): Record<string, string> {
  return {
    AGENT: agent,
    SHOP_NAME: shop.name,
    SHOP_TIMEZONE: shop.timezone,
    SHOP_HOURS: shop.hours,
    SHOP_BAYS: String(shop.bays),
    ...(shop.transferNumber ? { TRANSFER_NUMBER: shop.transferNumber } : {}),
    STREAM_START_TIMEOUT_MS: String(stream.startTimeoutMs),
    STREAM_IDLE_TIMEOUT_MS: String(stream.idleTimeoutMs),
    RESUME_WINDOW_SECONDS: String(resumeWindowSeconds),
  };
}

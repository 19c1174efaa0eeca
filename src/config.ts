import type { z } from 'zod';
import { agentOf, isModelUrl, realtimeConfigOf } from './agent-settings.js';
import { GatewayError } from './core/errors.js';
import { isLocalOrigin, isLoopbackName } from './core/loopback.js';
import { Environment, isOrigin } from './settings.js';

/** Every setting of one gateway, parsed and checked. */
export type Config = Readonly<ReturnType<typeof toConfig>>;

/** Every name that is read from the environment. */
export const SETTING_NAMES: readonly string[] = Object.keys(Environment.shape);

/** Given and empty these say something; any other empty variable counts as not set. */
const MAY_BE_EMPTY: readonly string[] = ['REALTIME_TRANSCRIPTION_MODEL'];
/** Settings that were called otherwise. */
const OLD_NAMES = [
  ['OPENAI_REALTIME_URL', 'REALTIME_URL'],
  ['OPENAI_REALTIME_MODEL', 'REALTIME_MODEL'],
] as const;

/** Reads the settings from an environment. Throws one `BAD_CONFIG` error that lists every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' || MAY_BE_EMPTY.includes(name)),
  );
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
  const problems = agentConflicts(env);
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
  if (env.WORKERS) {
    problems.push(
      'WORKERS is no setting any more: start several gateways, each on a PORT of its own, with the same REDIS_URL, DATABASE_URL and TWILIO_AUTH_TOKEN, behind a load balancer',
    );
  }
  return problems;
}

function agentConflicts(env: NodeJS.ProcessEnv): string[] {
  const { AGENT, OPENAI_API_KEY: key, REALTIME_URL: url, REALTIME_HEADERS: headers } = env;
  const problems = OLD_NAMES.flatMap(([old, name]) =>
    env[old] === undefined ? [] : [`${old} is no setting any more: its name is ${name}`],
  );
  if (AGENT === 'openai') problems.push('AGENT openai is no value any more: its name is realtime');
  if (AGENT === 'realtime' && !key && !url)
    problems.push(
      'AGENT realtime needs OPENAI_API_KEY, or REALTIME_URL for another server than that of OpenAI',
    );
  const isInClear = url !== undefined && isModelUrl(url) && new URL(url).protocol === 'ws:';
  if (isInClear && (key || headers) && !isLoopbackName(new URL(url).hostname))
    problems.push(
      'REALTIME_URL must be wss:// while OPENAI_API_KEY or REALTIME_HEADERS is set: they would go to another machine in clear',
    );
  return problems;
}

function toConfig(env: Environment) {
  return {
    port: env.PORT,
    host: env.HOST ?? (env.TWILIO_AUTH_TOKEN ? '0.0.0.0' : '127.0.0.1'),
    /** The origin Twilio sees; undefined: `http://localhost:PORT`, known when the port is. */
    publicUrl: env.PUBLIC_URL?.origin,
    /** The same as it was written, in capitals perhaps: Twilio signs what its console has. */
    publicUrlAsWritten: env.PUBLIC_URL?.written,
    twilio: { accountSid: env.TWILIO_ACCOUNT_SID, authToken: env.TWILIO_AUTH_TOKEN },
    redis: { url: env.REDIS_URL, commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS },
    database: { url: env.DATABASE_URL, dataDir: env.DATA_DIR },
    /** How long what callers said is kept. */
    retentionDays: env.RETENTION_DAYS,
    ttl: { sessionSeconds: env.SESSION_TTL_SECONDS, customerSeconds: env.CUSTOMER_TTL_SECONDS },
    agent: agentOf(env),
    /** The voice model; asked where `agent` is realtime. */
    realtime: realtimeConfigOf(env),
    shop: givenShop(env),
    adminToken: env.ADMIN_TOKEN,
    /** How long an HTTP connection stays open between two requests. */
    keepAliveSeconds: env.KEEP_ALIVE_SECONDS,
    /** Streams are read past `ws`, on a Node that this is tested on. */
    fastRead: env.FAST_READ === '1',
    maxCalls: env.MAX_CALLS,
    stream: { startTimeoutMs: env.STREAM_START_TIMEOUT_MS, idleTimeoutMs: env.STREAM_IDLE_TIMEOUT_MS },
    resumeWindowSeconds: env.RESUME_WINDOW_SECONDS,
    drainNoticeSeconds: env.DRAIN_NOTICE_SECONDS,
    drainTimeoutSeconds: env.DRAIN_TIMEOUT_SECONDS,
    /** Where every stream is recorded; undefined: nowhere. */
    recordings: { folder: env.RECORD_DIR, keepVoice: env.RECORD_VOICE === '1' },
    logLevel: env.LOG_LEVEL,
    slowOperationMs: env.SLOW_OPERATION_MS,
  };
}

/** What the environment gives of the shop, by the names of its settings. What it does not give can be set at run time. */
interface GivenShop {
  readonly name?: string;
  readonly timezone?: string;
  readonly hours?: string;
  readonly bays?: number;
  readonly transfer_number?: string;
}

function givenShop(env: Environment): GivenShop {
  return {
    ...(env.SHOP_NAME === undefined ? {} : { name: env.SHOP_NAME }),
    ...(env.SHOP_TIMEZONE === undefined ? {} : { timezone: env.SHOP_TIMEZONE }),
    ...(env.SHOP_HOURS === undefined ? {} : { hours: env.SHOP_HOURS }),
    ...(env.SHOP_BAYS === undefined ? {} : { bays: env.SHOP_BAYS }),
    ...(env.TRANSFER_NUMBER === undefined ? {} : { transfer_number: env.TRANSFER_NUMBER }),
  };
}

/** What was in force of the shop, by the names of its settings. */
interface AudibleShop extends Required<Omit<GivenShop, 'transfer_number'>> {
  readonly transfer_number: string | null;
}

/** Where a recorded call's model was is nobody's business; a name that never leads anywhere (RFC 6761). */
const SOME_MODEL_URL = 'wss://model.invalid/v1/realtime';

/** The settings that decided what a call's callers heard, as an environment that `loadConfig` takes: no addresses, no secrets, no text of the shop. */
export function audibleSettings(
  { agent, realtime, stream, resumeWindowSeconds }: Config,
  shop: AudibleShop,
): Record<string, string> {
  return {
    AGENT: agent,
    ...(agent === 'realtime' ? audibleModel(realtime) : {}),
    SHOP_NAME: shop.name,
    SHOP_TIMEZONE: shop.timezone,
    SHOP_HOURS: shop.hours,
    SHOP_BAYS: String(shop.bays),
    ...(shop.transfer_number ? { TRANSFER_NUMBER: shop.transfer_number } : {}),
    STREAM_START_TIMEOUT_MS: String(stream.startTimeoutMs),
    STREAM_IDLE_TIMEOUT_MS: String(stream.idleTimeoutMs),
    RESUME_WINDOW_SECONDS: String(resumeWindowSeconds),
  };
}

function audibleModel({ model, voice, transcriptionModel, language, audio, off }: Config['realtime']) {
  return {
    REALTIME_URL: SOME_MODEL_URL,
    REALTIME_MODEL: model,
    REALTIME_VOICE: voice,
    REALTIME_TRANSCRIPTION_MODEL: transcriptionModel ?? 'none',
    REALTIME_LANGUAGE: language,
    REALTIME_AUDIO: audio,
    ...(off.length > 0 ? { REALTIME_OFF: off.join(',') } : {}),
  };
}

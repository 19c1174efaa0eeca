import { z } from 'zod';
import { agentSettings } from './agent-settings.js';
import { parseDatabaseUrl } from './core/database-url.js';
import { parseOpeningHours } from './core/opening-hours.js';
import { parseRedisUrl, REDIS_URL_FORMS } from './core/redis-url.js';
import { faultOf, integer, isReadBy, matching, oneOf, text } from './setting-forms.js';

// `docs/configuration.md` and `.env.example` are made from the descriptions below: `npm run docs`.

const HOURS_FORM = 'opening hours, such as Mon-Fri 08:00-17:00, Sat 09:00-12:00, Sun closed';

/** An origin of http or https, without a path. */
export function isOrigin(value: string): boolean {
  if (!URL.canParse(value) || /[?#@]/.test(value)) return false;
  const { protocol, pathname } = new URL(value);
  return pathname === '/' && (protocol === 'http:' || protocol === 'https:');
}

const isTimezone = isReadBy((value) => new Intl.DateTimeFormat('en-US', { timeZone: value }));

const listening = {
  PORT: integer(0, 65_535)
    .default(3000)
    .describe('Where it listens. 0 picks a free port; the log line with "msg":"listening" has the url.'),
  HOST: text('a host name or address').optional().meta({
    unset: '127.0.0.1; with TWILIO_AUTH_TOKEN 0.0.0.0',
    description:
      'The address it listens on. A gateway that cannot check signatures is not reachable from outside unless you ask for it here.',
  }),
  PUBLIC_URL: text('an origin')
    .refine(isOrigin, { error: 'must be an origin without a path, such as https://voice.example.com' })
    .transform((value) => ({ origin: new URL(value).origin, written: value.trim() }))
    .optional()
    .meta({
      unset: 'http://localhost:PORT',
      description:
        'The origin that Twilio calls, such as https://voice.example.com, written as in the Twilio console. Signatures are checked against it, with and without its port. The address of the stream is made from it (http to ws, https to wss). No path.',
    }),
};

const twilio = {
  TWILIO_AUTH_TOKEN: matching('the auth token from the Twilio console', /^\S{8,}$/)
    .optional()
    .meta({
      unset: 'none: calls come from this machine alone',
      description:
        "The auth token from the Twilio console. It switches signature checks on, for webhooks and for the stream's upgrade. Without it a PUBLIC_URL of elsewhere stops the start.",
    }),
  TWILIO_ACCOUNT_SID: matching('an account SID: AC and 32 hex digits', /^AC[0-9a-fA-F]{32}$/)
    .optional()
    .describe(
      'For a later version: AC and 32 hex digits. Checked, not used yet; refused without TWILIO_AUTH_TOKEN.',
    ),
};

const state = {
  REDIS_URL: text(REDIS_URL_FORMS)
    .refine(isReadBy(parseRedisUrl), { error: `must be ${REDIS_URL_FORMS}` })
    .optional()
    .meta({
      unset: 'none: kept in the process',
      description:
        'Sessions and customer cache in Redis 6.0 or newer: redis://host:port, redis+sentinel://host:port/name, both with TLS as rediss, or a comma-separated list of redis:// nodes of a Cluster.',
    }),
  REDIS_COMMAND_TIMEOUT_MS: integer(10, 10_000).default(500).describe('Nothing waits longer for Redis.'),
  SESSION_TTL_SECONDS: integer(1, 604_800)
    .default(3600)
    .describe('How long a session stays in Redis. A live call renews it.'),
  CUSTOMER_TTL_SECONDS: integer(1, 604_800).default(300).describe('How long a customer is cached.'),
  DATABASE_URL: text('postgres://user@host:port/database')
    .superRefine((value, context) => {
      const fault = faultOf(parseDatabaseUrl, value);
      if (fault !== null) context.addIssue(fault);
    })
    .optional()
    .meta({
      unset: 'none: PGlite in DATA_DIR, with a demo shop',
      description:
        'postgres://user:password@host:port/database, or a socket: postgres://user@/database?host=/folder. PostgreSQL 12 or newer. A % in a user or password is written as %25. TLS: ?sslmode=verify-full, with sslrootcert=FILE for an authority of the hoster.',
    }),
  DATA_DIR: text('a folder, or memory')
    .default('./data')
    .describe("The folder of PGlite, one gateway's at a time, and of kept prompts. memory keeps nothing."),
  RETENTION_DAYS: integer(1, 3650)
    .default(90)
    .describe(
      'How long transcripts, recordings and the messages of call-backs that are done are kept. What the figures are made from stays.',
    ),
};

// What is not given is set at run time and kept in the database; what is given here wins, and cannot be changed at run time.
const shop = {
  SHOP_NAME: matching('the name of the shop, at most 60 characters', /^.{1,60}$/)
    .optional()
    .meta({
      unset: 'as set in the database, else Bayline Auto Repair',
      description: 'Said in the greeting. At most 60 characters.',
    }),
  SHOP_TIMEZONE: text('an IANA time zone')
    .refine(isTimezone, { error: 'must be an IANA time zone such as America/Chicago' })
    .optional()
    .meta({
      unset: 'as set in the database, else America/Chicago',
      description: 'IANA name. Opening hours and every spoken time are in this zone.',
    }),
  SHOP_HOURS: text('opening hours')
    .superRefine((value, context) => {
      const fault = faultOf(parseOpeningHours, value);
      // The part at fault is named, but not where nothing looks like hours: that may be a secret in the wrong place.
      const named = /\d/.test(value) ? `cannot be used. ${fault}` : `must be ${HOURS_FORM}`;
      if (fault !== null) context.addIssue(named);
    })
    .optional()
    .meta({
      unset: 'as set in the database, else Mon-Fri 08:00-17:00',
      description:
        'Days and times, comma-separated: Mon-Fri 08:00-17:00, Sat 09:00-12:00, Sun closed. Also read: Mon,Wed,Fri 8-5, 8am–5pm, 24/7, and Fri 18:00-02:00, which ends on Saturday. Times that touch are one open time, also over midnight.',
    }),
  SHOP_BAYS: integer(1, 100).optional().meta({
    unset: 'as set in the database, else 2',
    description: 'How many appointments may overlap.',
  }),
  TRANSFER_NUMBER: matching('a phone number such as +15125550100', /^\+[1-9]\d{7,14}$/)
    .optional()
    .meta({
      unset: 'as set in the database, else none: the caller hears that nobody is there',
      description: 'Who answers when a caller wants a person, in E.164 such as +15125550100.',
    }),
};

const admin = {
  ADMIN_TOKEN: matching('a secret of at least 16 characters without spaces', /^[^\s\p{C}]{16,}$/u)
    .optional()
    .meta({
      unset: 'none: this machine only',
      description:
        'Bearer token for /api and password for the front desk at /; through a proxy also for /metrics and /health/redis. 16 characters or more, without spaces: openssl rand -hex 24.',
    }),
};

const limits = {
  MAX_CALLS: integer(1, 100_000)
    .default(1000)
    .describe(
      'Calls at once on this gateway. A further caller hears an apology, or is put through to TRANSFER_NUMBER.',
    ),
  KEEP_ALIVE_SECONDS: integer(1, 86_400)
    .default(650)
    .describe(
      'How long an idle HTTP connection stays open. It must be longer than the load balancer in front keeps its own (AWS 60 s, Google 600 s), else a request now and then meets a connection that is being closed.',
    ),
  FAST_READ: oneOf(['0', '1'])
    .default('1')
    .describe('0: streams are read by plain ws. On a Node.js other than 20, 22 and 24 they always are.'),
  STREAM_START_TIMEOUT_MS: integer(100, 60_000)
    .default(5000)
    .describe('A stream that has not sent a valid start by then is closed.'),
  STREAM_IDLE_TIMEOUT_MS: integer(100, 600_000)
    .default(15_000)
    .describe(
      'A stream without any message for that long is dead. While the gateway itself sends, an answer to a ping counts as one: some lines send no frames while the caller is silent.',
    ),
  RESUME_WINDOW_SECONDS: integer(1, 3600)
    .default(60)
    .describe('How long a call whose stream broke waits to be picked up again.'),
  DRAIN_NOTICE_SECONDS: integer(0, 60)
    .default(0)
    .describe(
      'On SIGTERM /health/ready says 503 at once; for so long new calls are taken all the same, because the balancer has not asked yet. 5 where it asks every second.',
    ),
  DRAIN_TIMEOUT_SECONDS: integer(0, 86_400)
    .default(600)
    .describe(
      'On SIGTERM live calls have this long to end; a second SIGTERM leaves them ten seconds. In a container raise the stop_grace_period of docker-compose.yml with it.',
    ),
};

const logs = {
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Phone numbers are masked in the log; digits and tokens are never in it.'),
  SLOW_OPERATION_MS: integer(1, 60_000)
    .default(50)
    .describe(
      'An operation on Redis, or a statement in the database, that takes longer is counted in bayline_slow_operations_total; the log has one line of each kind in 10 s, with its name alone. The customer cache is left out.',
    ),
};

const recordings = {
  RECORD_DIR: text('a folder').optional().meta({
    unset: 'none: nothing is recorded',
    description:
      'A folder in which every stream is recorded, one file each, with pseudonyms in place of SIDs, phone numbers and names. Keys and what both sides say are in it: tell callers, and keep the folder to yourself.',
  }),
  RECORD_VOICE: oneOf(['0', '1'])
    .default('1')
    .describe("0 puts noise of the same loudness in place of the caller's voice."),
};

/** Every setting, in the order and under the titles in which they are documented. */
export const SETTING_SECTIONS: readonly { readonly title: string; readonly settings: z.ZodRawShape }[] = [
  { title: 'Where it listens', settings: listening },
  { title: 'Twilio', settings: twilio },
  { title: 'State', settings: state },
  { title: 'The agent', settings: agentSettings },
  { title: 'The shop', settings: shop },
  { title: 'The front desk and the API', settings: admin },
  { title: 'Limits and deadlines', settings: limits },
  { title: 'Logs', settings: logs },
  { title: 'Recordings', settings: recordings },
];

/** The settings as they are written in the environment. */
export const Environment = z.object({
  ...listening,
  ...twilio,
  ...state,
  ...agentSettings,
  ...shop,
  ...admin,
  ...limits,
  ...logs,
  ...recordings,
});
export type Environment = z.infer<typeof Environment>;

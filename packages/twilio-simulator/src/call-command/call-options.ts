import { parseArgs } from 'node:util';
import {
  CALLER_OPTIONS,
  CALLER_USAGE,
  type CallerOptions,
  parsed,
  readCaller,
  refuse,
} from './call-arguments.js';

export interface CallCommand extends CallerOptions {
  /** The voice webhook. */
  readonly url: URL;
  readonly to: string;
  /** What Twilio would sign, where it is another address; an origin. */
  readonly publicUrl: string | null;
  /** Told when the call is over; the path of the webhook's host. `null`: nobody is. */
  readonly statusPath: string | null;
  readonly authToken: string | null;
}

const DEFAULT_FROM = '+15555550123';
const DEFAULT_TO = '+15555550100';

export const CALL_USAGE = `Plays Twilio's part for one call against any server: signed webhook, TwiML, media stream.

Usage: twilio-call --url http://HOST/PATH [options]

  --url URL          the voice webhook, which answers with TwiML
  --public-url ORIGIN  the origin that Twilio would be told, if it is another one; it is what is signed
  --auth-token TOKEN signs webhook and upgrade as Twilio does (default TWILIO_AUTH_TOKEN)
  --status PATH      where the same server is told that the call is over (default: it is not)
  --from NUMBER      the caller's number, +1… or "anonymous" (default ${DEFAULT_FROM})
  --to NUMBER        the number that is called (default ${DEFAULT_TO})
${CALLER_USAGE}
Exit status: 0 if the call ended as the TwiML said, 1 if it did not, 2 for wrong options.`;

const OPTIONS = {
  ...CALLER_OPTIONS,
  to: { type: 'string' },
  status: { type: 'string' },
  'public-url': { type: 'string' },
  'auth-token': { type: 'string' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseCallOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CallCommand | null {
  const { values, tokens } = parsed(() =>
    parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false, tokens: true }),
  );
  if (values.help) return null;
  return {
    ...readCaller(values, tokens, DEFAULT_FROM),
    url: readUrl(values.url),
    to: values.to ?? DEFAULT_TO,
    publicUrl: readOrigin(values['public-url']),
    statusPath: readPath(values.status),
    authToken: values['auth-token'] || env.TWILIO_AUTH_TOKEN || null,
  };
}

function readUrl(value: string | undefined): URL {
  if (value !== undefined && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return new URL(value);
  return refuse('--url must be the address of a voice webhook, such as http://127.0.0.1:3000/voice');
}

function readOrigin(value: string | undefined): string | null {
  if (value === undefined) return null;
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : refuse('--public-url must be an origin such as https://voice.example.com');
}

function readPath(value: string | undefined): string | null {
  if (value === undefined || /^\/\S*$/.test(value)) return value ?? null;
  return refuse('--status must be a path, such as /twilio/call-status');
}

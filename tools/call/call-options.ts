import { parseArgs } from 'node:util';
import {
  CALLER_OPTIONS,
  CALLER_USAGE,
  type CallerOptions,
  parsed,
  readCaller,
  refuse,
} from '../../packages/twilio-simulator/src/call-command/call-arguments.js';
import { DEMO_CALLER_WITH_ONE_VEHICLE } from '../../src/desk/demo-customers.js';

export interface CallCommand extends CallerOptions {
  readonly url: string;
  /** The address was named: a gateway must be there. */
  readonly urlGiven: boolean;
}

const OPTIONS = {
  ...CALLER_OPTIONS,
  say: { type: 'string', multiple: true },
  interrupt: { type: 'string', multiple: true },
} as const;

const DEFAULT_URL = 'http://127.0.0.1:3000';

export const USAGE = `Plays Twilio's part for one call against a gateway: signed webhook, TwiML, media stream.

Usage: npm run call -- [options]

  --url URL          the gateway (default ${DEFAULT_URL}; with none there, one is started for this call)
  --from NUMBER      the caller's number, +1… or "anonymous" (default ${DEMO_CALLER_WITH_ONE_VEHICLE}, a customer of the demo shop)
  --say "WORDS"      what the caller says, in a voice of ours, when the agent has finished
  --interrupt "WORDS"  the same while the agent speaks: a second into its words
${CALLER_USAGE}
--say, --interrupt and --keys can be given several times: the caller does them in the order in which they stand. --wav is heard
from the beginning of the call until the first phrase.

Environment, .env included: TWILIO_AUTH_TOKEN signs, ADMIN_TOKEN opens /api, PUBLIC_URL is what is signed.
Exit status: 0 if the call ended as the TwiML said, 1 if it did not, 2 for wrong options.`;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseCallOptions(args: readonly string[]): CallCommand | null {
  const { values, tokens } = parsed(() =>
    parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false, tokens: true }),
  );
  if (values.help) return null;
  return {
    ...readCaller(values, tokens, DEMO_CALLER_WITH_ONE_VEHICLE),
    url: readUrl(values.url ?? DEFAULT_URL),
    urlGiven: values.url !== undefined,
  };
}

function readUrl(value: string): string {
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : refuse(`--url must be an address such as ${DEFAULT_URL}, without a path`);
}

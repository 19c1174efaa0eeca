import { parseArgs } from 'node:util';
import { PROFILES, type ProfileName } from '../../packages/realtime-simulator/src/profiles.js';
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
  /** The address was named: no gateway is started instead. */
  readonly urlGiven: boolean;
  /** The script of a voice model to talk with; `null`: whatever agent the gateway has. */
  readonly modelScript: string | null;
  readonly modelProfile: ProfileName;
}

const OPTIONS = {
  ...CALLER_OPTIONS,
  say: { type: 'string', multiple: true },
  interrupt: { type: 'string', multiple: true },
  'model-script': { type: 'string' },
  'model-profile': { type: 'string' },
} as const;

const DEFAULT_URL = 'http://127.0.0.1:3000';

export const USAGE = `Plays Twilio's part for one call against a gateway: signed webhook, TwiML, media stream.

Usage: npm run call -- [options]

  --url URL          the gateway (default ${DEFAULT_URL}; with none there, one is started for this call)
  --from NUMBER      the caller's number, +1… or "anonymous" (default ${DEMO_CALLER_WITH_ONE_VEHICLE}, a customer of the demo shop)
  --say "WORDS"      what the caller says, in a voice of ours, when the agent has finished
  --interrupt "WORDS"  the same while the agent speaks: a second and a half into its words
  --model-script FILE  talks with a voice model that goes by this script (YAML), at a gateway that is started for this call;
                     without --say, --interrupt and --keys the caller says what the script has for it
  --model-profile NAME  whose server the model is: ${Object.keys(PROFILES).join(', ')} (default openai)
${CALLER_USAGE}
--say, --interrupt and --keys can be given several times: the caller does them in the order in which they stand. --wav is heard
from the beginning of the call until the first phrase.

Environment, .env included: TWILIO_AUTH_TOKEN signs, ADMIN_TOKEN opens /api, PUBLIC_URL is what is signed.
Exit status: 0 if the call ended as the TwiML said, 1 if it did not or if the model was spoken to against its protocol, 2 for wrong options.`;

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
    ...readModel(values),
  };
}

function readModel(
  values: Readonly<Partial<Record<'url' | 'model-script' | 'model-profile', string>>>,
): Pick<CallCommand, 'modelScript' | 'modelProfile'> {
  const modelScript = values['model-script'] ?? null;
  const modelProfile = values['model-profile'] ?? 'openai';
  if (modelScript === '') return refuse('--model-script needs the name of a file');
  if (modelScript !== null && values.url !== undefined)
    return refuse('--model-script calls a gateway that it starts itself: leave --url out');
  if (isProfileName(modelProfile)) return { modelScript, modelProfile };
  return refuse(`--model-profile must be one of ${Object.keys(PROFILES).join(', ')}`);
}

function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

function readUrl(value: string): string {
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : refuse(`--url must be an address such as ${DEFAULT_URL}, without a path`);
}

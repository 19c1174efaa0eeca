import { parseArgs } from 'node:util';
import { GatewayError } from '../../src/core/errors.js';
import { DEMO_CALLER_WITH_ONE_VEHICLE } from '../../src/desk/demo-customers.js';

export interface CallCommand {
  readonly url: string;
  /** The address was named: a gateway must be there. */
  readonly urlGiven: boolean;
  readonly from: string;
  /** `null`: none were given. */
  readonly keys: readonly string[] | null;
  readonly wav: string | null;
  readonly record: string | null;
  /** `null`: the carrier sends no attestation. */
  readonly stir: string | null;
  readonly json: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

export const USAGE = `Plays Twilio's part for one call against a gateway: signed webhook, TwiML, media stream.

Usage: npm run call -- [options]

  --url URL          the gateway (default ${DEFAULT_URL}; with none there, one is started for this call)
  --from NUMBER      the caller's number, +1… or "anonymous" (default ${DEMO_CALLER_WITH_ONE_VEHICLE}, a customer of the demo shop)
  --keys "1 1 1 1"   keys to press, each when the agent has finished its prompt, or 2 s after one that it says nothing to
  --wav FILE         the caller's voice: 16-bit PCM, mono or stereo, 8000 or 16000 Hz
  --record FILE.wav  keeps both sides as stereo: left the caller, right the agent
  --stir LEVEL       how the carrier attests the number: A (default), B, C or none
  --json             one JSON line for every event
  --help             this text

Without --keys in a terminal the keyboard is the keypad: 0-9 * #, and q hangs up.
Environment, .env included: TWILIO_AUTH_TOKEN signs, ADMIN_TOKEN opens /api, PUBLIC_URL is what is signed.
Exit status: 0 if the call ended as the TwiML said, 1 if it did not, 2 for wrong options.`;

const OPTIONS = {
  url: { type: 'string' },
  from: { type: 'string' },
  keys: { type: 'string' },
  wav: { type: 'string' },
  record: { type: 'string' },
  stir: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseCallOptions(args: readonly string[]): CallCommand | null {
  const values = parse(args);
  if (values.help) return null;
  return {
    url: readUrl(values.url ?? DEFAULT_URL),
    urlGiven: values.url !== undefined,
    from: readFrom(values.from ?? DEMO_CALLER_WITH_ONE_VEHICLE),
    keys: values.keys === undefined ? null : readKeys(values.keys),
    wav: readFile('wav', values.wav),
    record: readFile('record', values.record),
    stir: readStir(values.stir ?? 'A'),
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    return fail(sentenceOf(error));
  }
}

// parseArgs repeats what was typed, which may be a number; the option's name is all that is needed.
function sentenceOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const option = error instanceof Error ? (/--[a-z-]+/.exec(error.message)?.[0] ?? 'an option') : 'an option';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${option} is no option of this command`;
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return `${option} was given without its value, or with one it does not take`;
  return 'Every argument must belong to an option; keys with spaces need quotes: --keys "1 1"';
}

function readUrl(value: string): string {
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : fail(`--url must be an address such as ${DEFAULT_URL}, without a path`);
}

function readFrom(value: string): string {
  if (/^(\+[1-9]\d{6,14}|anonymous)$/.test(value)) return value;
  return fail('--from must be a number with its country code, such as +15125550101, or "anonymous"');
}

function readKeys(value: string): string[] {
  const keys = [...value.replace(/[\s,]/g, '')];
  if (keys.length > 0 && keys.every((key) => /^[0-9*#]$/.test(key))) return keys;
  return fail('--keys must be keys out of 0-9, * and #, such as "1 1 1 1"');
}

function readFile(option: string, value: string | undefined): string | null {
  return value === '' ? fail(`--${option} needs the name of a file`) : (value ?? null);
}

function readStir(value: string): string | null {
  if (value === 'none') return null;
  return /^[ABC]$/.test(value) ? value : fail('--stir must be A, B, C or none');
}

function fail(sentence: string): never {
  throw new GatewayError('BAD_REQUEST', sentence);
}

import { parseArgs } from 'node:util';
import { CALLS, type CallName } from '../conformance/observation.js';
import { SimulatorError } from '../error.js';

export interface LintCommand {
  /** Where a stream comes from: opened as it is, or from the TwiML of a voice webhook. */
  readonly entry: { readonly kind: 'stream' | 'webhook'; readonly url: string };
  /** What Twilio would sign, where it is another address; an origin. */
  readonly publicUrl: string | null;
  readonly authToken: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly from: string;
  /** `null`: every call has its own. */
  readonly callSid: string | null;
  readonly keys: readonly string[];
  readonly wav: string | null;
  readonly skip: ReadonlySet<CallName>;
  readonly json: boolean;
}

const DEFAULT_FROM = '+15555550123';
/** The calls that can be left out, by the name that is typed. */
const SKIPPABLE: Readonly<Record<string, readonly CallName[]>> = {
  second: ['second'],
  keys: ['keys'],
  speech: ['speech'],
  additions: ['additions'],
  drop: ['drop'],
  together: ['steady', 'gap', 'beside'],
  last: ['last'],
};

/** `command`: how it was called. */
export const lintUsage = (
  command: string,
) => `Holds calls with a media stream server as Twilio would, and reports every breach of the protocol.

Usage: ${command} --url ws://HOST/PATH [options]
       ${command} --webhook http://HOST/PATH [options]

  --url URL            the stream, opened as it is: ws:// or wss://
  --webhook URL        the voice webhook: its TwiML gives every call its stream and parameters
  --public-url ORIGIN  the origin that Twilio would be told, if it is another one; it is what is signed
  --auth-token TOKEN   signs webhook and upgrade as Twilio does (default TWILIO_AUTH_TOKEN)
  --header "NAME: VALUE"  a header of the upgrade; may be repeated (with --url)
  --param NAME=VALUE   a custom parameter of start; may be repeated (with --url)
  --call-sid SID       the CallSid of every call (default: each has its own); leaves out calls at once
  --from NUMBER        the caller's number, with --webhook (default ${DEFAULT_FROM})
  --keys "1 1 9"       keys to press behind * and #, each when the server has finished: lead it to its goodbye
  --wav FILE           what the caller says: 16-bit PCM, 8000 or 16000 Hz (default: a clip of its own)
  --skip NAMES         calls to leave out, with commas: ${Object.keys(SKIPPABLE).join(', ')}
                       (together: three calls at once, one of them without frames for 10 s)
  --json               one JSON line for every finding, and one for the summary
  --help               this text

It holds ten calls: mind what they cost where a language model answers.
Exit status: 0 without errors (warnings and notes are none), 1 with errors, 2 for wrong options.`;

const OPTIONS = {
  url: { type: 'string' },
  webhook: { type: 'string' },
  'public-url': { type: 'string' },
  'auth-token': { type: 'string' },
  header: { type: 'string', multiple: true },
  param: { type: 'string', multiple: true },
  'call-sid': { type: 'string' },
  from: { type: 'string' },
  keys: { type: 'string' },
  wav: { type: 'string' },
  skip: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseLintOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LintCommand | null {
  const values = parse(args);
  if (values.help) return null;
  const callSid = readCallSid(values['call-sid']);
  return {
    entry: readEntry(values.url, values.webhook),
    publicUrl: readOrigin(values['public-url']),
    authToken: values['auth-token'] || env.TWILIO_AUTH_TOKEN || null,
    headers: pairs('header', values.header ?? [], /^([\w-]+):\s*(\S.*)$/, '"name: value"'),
    parameters: pairs('param', values.param ?? [], /^([^=]+)=(.*)$/s, 'name=value'),
    from: values.from ?? DEFAULT_FROM,
    callSid,
    keys: readKeys(values.keys),
    wav: values.wav === '' ? fail('--wav needs the name of a file') : (values.wav ?? null),
    skip: readSkip(values.skip, callSid !== null),
    json: values.json ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    // parseArgs repeats what was typed, which may be a token; the option's name is all that is needed.
    const option = error instanceof Error ? /--[a-z-]+/.exec(error.message)?.[0] : undefined;
    return fail(`${option ?? 'An argument'} is no option of this command, or lacks its value`);
  }
}

function readEntry(url: string | undefined, webhook: string | undefined): LintCommand['entry'] {
  if (url !== undefined && webhook === undefined)
    return { kind: 'stream', url: readUrl('url', url, /^wss?:$/) };
  if (webhook !== undefined && url === undefined)
    return { kind: 'webhook', url: readUrl('webhook', webhook, /^https?:$/) };
  return fail('Give either --url with the address of a stream, or --webhook with that of a voice webhook');
}

function readUrl(option: string, value: string, protocols: RegExp): string {
  if (URL.canParse(value) && protocols.test(new URL(value).protocol)) return value;
  const [first, second] = option === 'url' ? ['ws', 'wss'] : ['http', 'https'];
  return fail(`--${option} must be an address that begins with ${first}:// or ${second}://`);
}

function readOrigin(value: string | undefined): string | null {
  if (value === undefined) return null;
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : fail('--public-url must be an origin such as https://voice.example.com');
}

function pairs(
  option: string,
  given: readonly string[],
  form: RegExp,
  shown: string,
): Record<string, string> {
  const read = given.map((text): [string, string] => {
    const [, name, value] = form.exec(text) ?? [];
    return name === undefined || value === undefined ? fail(`--${option} must be ${shown}`) : [name, value];
  });
  return Object.fromEntries(read);
}

function readCallSid(value: string | undefined): string | null {
  if (value === undefined) return null;
  return /^CA[0-9a-f]{32}$/i.test(value) ? value : fail('--call-sid must be CA and 32 hexadecimal digits');
}

function readKeys(value: string | undefined): string[] {
  const keys = [...(value ?? '').replace(/[\s,]/g, '')];
  if (value === undefined || (keys.length > 0 && keys.every((key) => /^[0-9*#]$/.test(key)))) return keys;
  return fail('--keys must be keys out of 0-9, * and #, such as "1 1 9"');
}

// Two calls with one CallSid are one call with two streams: another matter.
function readSkip(value: string | undefined, sameCall: boolean): Set<CallName> {
  const names = (value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const calls = [...names, ...(sameCall ? ['together'] : [])].flatMap(
    (name) => SKIPPABLE[name] ?? fail(`--skip takes ${Object.keys(SKIPPABLE).join(', ')}`),
  );
  return new Set(CALLS.filter((call) => calls.includes(call)));
}

function fail(sentence: string): never {
  throw new SimulatorError('BAD_REQUEST', sentence);
}

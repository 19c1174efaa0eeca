import { SimulatorError } from '../error.js';
import type { CallerStep } from './caller-steps.js';

/** What every command that places a call is told of it. */
export interface CallerOptions {
  readonly from: string;
  /** `null`: none were given. */
  readonly steps: readonly CallerStep[] | null;
  readonly wav: string | null;
  readonly record: string | null;
  /** `null`: the carrier sends no attestation. */
  readonly stir: string | null;
  readonly json: boolean;
}

/** The lines of a help text that belong to {@link CALLER_OPTIONS}. */
export const CALLER_USAGE = `  --keys "1 1 1 1"   keys to press, each when the agent has finished its prompt, or 2 s after one that it says nothing to
  --wav FILE         the caller's voice: 16-bit PCM, mono or stereo, 8000 or 16000 Hz
  --record FILE.wav  keeps both sides as stereo: left the caller, right the agent
  --stir LEVEL       how the carrier attests the number: A (default), B, C or none
  --json             one JSON line for every event
  --help             this text

Without --keys in a terminal the keyboard is the keypad: 0-9 * #, and q hangs up.`;

export const CALLER_OPTIONS = {
  url: { type: 'string' },
  from: { type: 'string' },
  keys: { type: 'string', multiple: true },
  wav: { type: 'string' },
  record: { type: 'string' },
  stir: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof CALLER_OPTIONS, string | boolean | string[]>>>;
/** What `parseArgs` gives with `tokens: true`: the options in the order in which they were typed. */
type Tokens = readonly {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | undefined;
}[];

/** Throws a `BAD_REQUEST` error with a sentence, as everything here does. */
export function readCaller(values: Values, tokens: Tokens, defaultFrom: string): CallerOptions {
  return {
    from: readFrom(textOf(values.from) ?? defaultFrom),
    steps: readSteps(tokens),
    wav: readFile('wav', textOf(values.wav)),
    record: readFile('record', textOf(values.record)),
    stir: readStir(textOf(values.stir) ?? 'A'),
    json: values.json === true,
  };
}

/** `parse` is a call of `parseArgs`, which repeats what was typed, perhaps a number or a token: the option's name is all that is needed. */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return refuse(sentenceOf(error));
  }
}

export function refuse(sentence: string): never {
  throw new SimulatorError('BAD_REQUEST', sentence);
}

function sentenceOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const option = error instanceof Error ? (/--[a-z-]+/.exec(error.message)?.[0] ?? 'an option') : 'an option';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${option} is no option of this command`;
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return `${option} was given without its value, or with one it does not take`;
  return 'Every argument must belong to an option; keys with spaces need quotes: --keys "1 1"';
}

function textOf(value: string | boolean | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readFrom(value: string): string {
  if (/^(\+[1-9]\d{6,14}|anonymous)$/.test(value)) return value;
  return refuse('--from must be a number with its country code, such as +15125550101, or "anonymous"');
}

/** Keys and phrases in the order in which they were typed. */
function readSteps(tokens: Tokens): CallerStep[] | null {
  const steps = tokens.flatMap(({ name, value = '' }): CallerStep[] => {
    if (name === 'keys') return readKeys(value);
    return name === 'say' || name === 'interrupt' ? [readPhrase(name, value)] : [];
  });
  return steps.length > 0 ? steps : null;
}

/** A voice says so much in one go. */
const LONGEST_PHRASE = 400;

function readPhrase(option: 'say' | 'interrupt', value: string): CallerStep {
  const words = value.trim();
  const isSpeakable = /[\p{L}\p{N}]/u.test(words) && words.length <= LONGEST_PHRASE;
  if (!isSpeakable) refuse(`--${option} needs words, ${LONGEST_PHRASE} characters at most`);
  return { kind: option, words };
}

function readKeys(value: string): CallerStep[] {
  const keys = [...value.replace(/[\s,]/g, '')];
  if (keys.length > 0 && keys.every((key) => /^[0-9*#]$/.test(key)))
    return keys.map((digit) => ({ kind: 'key', digit }));
  return refuse('--keys must be keys out of 0-9, * and #, such as "1 1 1 1"');
}

function readFile(option: string, value: string | undefined): string | null {
  return value === '' ? refuse(`--${option} needs the name of a file`) : (value ?? null);
}

function readStir(value: string): string | null {
  if (value === 'none') return null;
  return /^[ABC]$/.test(value) ? value : refuse('--stir must be A, B, C or none');
}

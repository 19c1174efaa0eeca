import { readFileSync, statSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { z } from 'zod';
import { isJsonObject } from './core/json.js';
import { integer, matching, oneOf, text } from './setting-forms.js';

/** What a server of the Realtime protocol may not know, and is then not sent. */
const REALTIME_FEATURES = ['truncate', 'noise_reduction', 'reasoning'] as const;
type RealtimeFeature = (typeof REALTIME_FEATURES)[number];

const OPENAI_URL = 'wss://api.openai.com/v1/realtime';
const MOST_CHARACTERS = 8000;
// UTF-8 has at most three bytes for a UTF-16 code unit; a mark of byte order goes before them.
const MOST_BYTES = 3 * MOST_CHARACTERS + 3;
const URL_FORM = 'a wss:// or ws:// address without user, password and #';
const HEADERS_FORM = 'a JSON object of headers, such as {"api-key":"…"}';
const OFF_FORM = `a comma-separated list of ${REALTIME_FEATURES.join(', ')}`;
/** Headers that make the connection what it is. */
const OWN_HEADER = /^(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

export const agentSettings = {
  AGENT: oneOf(['auto', 'keypad', 'realtime', 'echo'])
    .default('auto')
    .describe(
      "keypad: the touch-tone menu. realtime: a voice model behind the OpenAI Realtime protocol, with the menu to fall back on. echo: plays the caller's audio straight back. auto: realtime when OPENAI_API_KEY or REALTIME_URL is set, else keypad.",
    ),
  OPENAI_API_KEY: matching('an API key without spaces', /^[\x21-\x7e]+$/)
    .optional()
    .describe(
      'Sent to the voice model as Authorization: Bearer, unless REALTIME_HEADERS is set. Never logged.',
    ),
  REALTIME_URL: text(URL_FORM)
    .refine(isModelUrl, { error: `must be ${URL_FORM}` })
    .optional()
    .meta({
      unset: OPENAI_URL,
      description:
        "The voice model's address. REALTIME_MODEL is added to it as model, unless it names one. ws:// is for a server of your own; no key is sent over it to another machine.",
    }),
  REALTIME_HEADERS: text(HEADERS_FORM)
    .transform((value, context) => {
      const headers = headersOf(value);
      if (headers === null) context.addIssue(`must be ${HEADERS_FORM}`);
      return headers ?? {};
    })
    .optional()
    .describe(
      'JSON object of headers in place of Authorization, such as {"api-key":"…"} for Azure. Never logged.',
    ),
  REALTIME_MODEL: matching('the name of a voice model', /^[^\s\p{C}]{1,200}$/u)
    .default('gpt-realtime-2.1-mini')
    .describe('The voice model; for Azure the name of its deployment.'),
  REALTIME_VOICE: matching('the name of a voice', /^[^\s\p{C}]{1,100}$/u)
    .default('marin')
    .describe('Its voice.'),
  REALTIME_TRANSCRIPTION_MODEL: matching('the name of a model, none, or nothing', /^[^\s\p{C}]{0,200}$/u)
    .default('gpt-transcribe')
    .describe(
      "What writes down the caller's words. Given and empty, or none: nothing does, and the history holds [speech] in their place.",
    ),
  REALTIME_LANGUAGE: matching('a language such as en', /^[a-z]{2,3}(-[A-Za-z\d]{2,8})*$/)
    .default('en')
    .describe('What callers speak, by its ISO 639 code: a hint to the transcription, an order to the model.'),
  REALTIME_AUDIO: oneOf(['pcmu', 'pcmu8000', 'pcm24000'])
    .default('pcmu')
    .describe(
      'How audio goes to the model and back: mu-law; mu-law with its rate named; PCM at 24 kHz, for servers that know no mu-law (LocalAI, Hugging Face). Such a server has 8 s to be ready for a call, any other 2 s.',
    ),
  REALTIME_OFF: text(OFF_FORM)
    .refine((value) => featuresOf(value) !== null, { error: `must be ${OFF_FORM}` })
    .transform((value) => featuresOf(value) ?? [])
    .optional()
    .meta({
      unset: 'none',
      description: `What the server does not know and is not sent, comma-separated: ${REALTIME_FEATURES.join(', ')}.`,
    }),
  REALTIME_MAX_MINUTES: integer(1, 1440).optional().meta({
    unset: 'no limit',
    description:
      'How long a call may talk with the voice model. Then the touch-tone menu goes on with it, at the next pause.',
  }),
  AGENT_INSTRUCTIONS_FILE: text('a file')
    .transform((file, context) => {
      const instructions = instructionsIn(file);
      if ('fault' in instructions) context.addIssue(instructions.fault);
      return 'fault' in instructions ? '' : instructions.text;
    })
    .optional()
    .describe(
      `A file of your own for the voice model, in UTF-8, ${MOST_CHARACTERS} characters at most: specials, tow partner, what not to promise. Read at the start.`,
    ),
};

/** The settings of the voice model. */
export interface RealtimeConfig {
  /** With the model in its query. May hold a secret of the server: it is for no log. */
  readonly url: string;
  /** What proves who asks; empty where no key is set. For no log. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly voice: string;
  /** Null: the caller's words are not written down. */
  readonly transcriptionModel: string | null;
  readonly language: string;
  readonly audio: 'pcmu' | 'pcmu8000' | 'pcm24000';
  readonly off: readonly RealtimeFeature[];
  /** How long a call may talk with the model; null: as long as it lasts. */
  readonly maxMinutes: number | null;
  /** What the shop says to the model itself; null: nothing. */
  readonly instructions: string | null;
}

type AgentEnvironment = z.infer<z.ZodObject<typeof agentSettings>>;

/** Which agent has the calls. */
export function agentOf(env: AgentEnvironment): 'keypad' | 'realtime' | 'echo' {
  if (env.AGENT !== 'auto') return env.AGENT;
  return env.OPENAI_API_KEY !== undefined || env.REALTIME_URL !== undefined ? 'realtime' : 'keypad';
}

export function realtimeConfigOf(env: AgentEnvironment): RealtimeConfig {
  const transcriptionModel = env.REALTIME_TRANSCRIPTION_MODEL;
  const bearer = env.OPENAI_API_KEY === undefined ? {} : { Authorization: `Bearer ${env.OPENAI_API_KEY}` };
  return Object.freeze({
    url: withModel(env.REALTIME_URL ?? OPENAI_URL, env.REALTIME_MODEL),
    headers: Object.freeze(env.REALTIME_HEADERS ?? bearer),
    model: env.REALTIME_MODEL,
    voice: env.REALTIME_VOICE,
    transcriptionModel: ['', 'none'].includes(transcriptionModel) ? null : transcriptionModel,
    language: env.REALTIME_LANGUAGE,
    audio: env.REALTIME_AUDIO,
    off: Object.freeze(env.REALTIME_OFF ?? []),
    maxMinutes: env.REALTIME_MAX_MINUTES ?? null,
    instructions: env.AGENT_INSTRUCTIONS_FILE?.trim() || null,
  });
}

/** An address of the protocol that no credentials stand in: they would end up in messages of others. */
export function isModelUrl(value: string): boolean {
  if (!URL.canParse(value) || value.includes('#')) return false;
  const { protocol, username, password } = new URL(value);
  return ['ws:', 'wss:'].includes(protocol) && username === '' && password === '';
}

function withModel(address: string, model: string): string {
  const url = new URL(address);
  if (!url.searchParams.has('model')) url.searchParams.set('model', model);
  return url.href;
}

function headersOf(value: string): Record<string, string> | null {
  try {
    const headers: unknown = JSON.parse(value);
    if (!isJsonObject(headers)) return null;
    const pairs = Object.entries(headers).map(([name, content]) => {
      if (typeof content !== 'string' || OWN_HEADER.test(name)) throw new TypeError('not a header of ours');
      validateHeaderName(name);
      validateHeaderValue(name, content);
      return [name, content] as const;
    });
    return Object.fromEntries(pairs);
  } catch {
    return null;
  }
}

function featuresOf(value: string): RealtimeFeature[] | null {
  const names = value.split(',').flatMap((part) => part.trim() || []);
  const known = REALTIME_FEATURES.filter((feature) => names.includes(feature));
  return names.every((name) => REALTIME_FEATURES.some((feature) => feature === name)) ? known : null;
}

/** The text of a file, or a sentence that says why there is none; neither has the file's name, which may be a secret in the wrong place. */
function instructionsIn(file: string): { readonly text: string } | { readonly fault: string } {
  const tooLong = {
    fault: `must be a file of at most ${MOST_CHARACTERS.toLocaleString('en-US')} characters`,
  };
  try {
    const facts = statSync(file);
    if (!facts.isFile()) return { fault: 'must be a file that can be read: that is none' };
    if (facts.size > MOST_BYTES) return tooLong;
    const content = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    return content.length > MOST_CHARACTERS ? tooLong : { text: content };
  } catch (error) {
    if (error instanceof TypeError) return { fault: 'must be a file of text in UTF-8' };
    return { fault: 'must be a file that can be read: it is not there, or may not be read' };
  }
}

import { parseArgs } from 'node:util';
import { RealtimeSimulatorError, sentenceOf } from '../error.js';
import { PROFILES, type ProfileName } from '../profiles.js';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly script: string | null;
  readonly profile: ProfileName;
  readonly apiKey: string | null;
  readonly sessionMs: number;
}

const OPTIONS = {
  port: { type: 'string', default: '8765' },
  host: { type: 'string', default: '127.0.0.1' },
  script: { type: 'string' },
  profile: { type: 'string', default: 'openai' },
  'api-key': { type: 'string' },
  'session-minutes': { type: 'string', default: '60' },
  help: { type: 'boolean' },
} as const;

export const SERVE_USAGE = `Serves the OpenAI Realtime protocol from a script, and shows the conversation.

Usage: realtime-serve [options]

  --script FILE        what the model says, calls and breaks: YAML (default: it says "All right." to everything)
  --profile NAME       whose server it is: ${Object.keys(PROFILES).join(', ')} (default openai)
  --port N             default 8765; 0: any that is free
  --host ADDRESS       default 127.0.0.1
  --api-key KEY        the only API key that is accepted (default: any key)
  --session-minutes N  how old a session may become (default 60; 0.5 is half a minute)
  --help               this text

A line typed into the terminal is what the caller's next turn says: the server finds turns by level and understands no words.
It ends with Ctrl-C, with 0 if clients kept to the protocol and 1 if not; 2 for wrong options or a wrong script.`;

/** `null` asks for the help text. Throws a `BAD_OPTION` error with a sentence. */
export function parseServeOptions(args: readonly string[]): ServeOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw badOption('--port takes a number from 0 to 65535.');
  const minutes = Number(values['session-minutes']);
  if (!(minutes > 0 && minutes <= 1440))
    throw badOption('--session-minutes takes a number above 0, at most 1440.');
  if (!isProfileName(values.profile))
    throw badOption(`--profile takes one of ${Object.keys(PROFILES).join(', ')}.`);
  return {
    port,
    host: values.host,
    script: values.script ?? null,
    profile: values.profile,
    apiKey: values['api-key'] ?? null,
    sessionMs: minutes * 60_000,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw badOption(sentenceOf(error));
  }
}

function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

function badOption(sentence: string): RealtimeSimulatorError {
  return new RealtimeSimulatorError('BAD_OPTION', sentence);
}

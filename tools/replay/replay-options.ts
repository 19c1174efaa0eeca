import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { INJECTED_FAULTS } from '../../packages/twilio-simulator/src/fault-injector.js';
import { GatewayError } from '../../src/core/errors.js';
import type { ReplayFault } from './replayed-fixture.js';

export interface ReplayCommand {
  readonly files: readonly string[];
  /** What differs is accepted: the files are written anew. */
  readonly update: boolean;
  readonly fault: ReplayFault | null;
  /** The SID of a call: a fixture is made of its recordings first. */
  readonly fromCall: string | null;
  /** Where that goes, or the fixture that is made of the one file. */
  readonly out: string | null;
}

const FAULTS: readonly ReplayFault[] = [...INJECTED_FAULTS, 'redis-down'];

export const REPLAY_USAGE = `Replays recorded calls into a gateway in this process, on a virtual clock, and compares.

Usage: npm run replay -- FILE.ndjson... [options]
       npm run replay -- --from-call CA... [--out FILE.ndjson]
       npm run replay -- RECORDING.ndjson --out FILE.ndjson

  --update          accepts what differs: writes the fixtures anew, but none whose replay went wrong
  --fault NAME      changes the stream on the way, and checks what must hold whatever happens:
                    ${FAULTS.join(', ')}
  --from-call SID   makes a fixture of a call that a gateway recorded in RECORD_DIR, all its streams, and replays it
  --out FILE        where that goes (default: fixtures/streams/call-….ndjson); with one recording, makes a fixture of it there
  --help            this text

Exit status: 0 if every call went as recorded, 1 if one did not, 2 for wrong options.`;

const OPTIONS = {
  update: { type: 'boolean' },
  fault: { type: 'string' },
  'from-call': { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseReplayOptions(args: readonly string[]): ReplayCommand | null {
  const { values, positionals: files } = parse(args);
  if (values.help) return null;
  const fromCall = readCall(values['from-call']);
  if (files.length === 0 && fromCall === null) return fail('Name the recordings to replay');
  const out = readOut(values.out, files, fromCall);
  const fault = readFault(values.fault);
  if (fault !== null && values.update)
    return fail('What went wrong on the way is not to be accepted: --fault or --update');
  return { files, update: values.update ?? false, fault, fromCall, out };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const name = error instanceof Error ? /'(--?[a-z-]+)/.exec(error.message)?.[1] : undefined;
    return fail(`${name ?? 'An option'} is no option of this command, or lacks its value`);
  }
}

function readCall(callSid: string | undefined): string | null {
  if (callSid === undefined || /^CA[0-9a-f]{32}$/i.test(callSid)) return callSid ?? null;
  return fail('--from-call must be a CallSid: CA and 32 hex digits');
}

function readOut(out: string | undefined, files: readonly string[], fromCall: string | null): string | null {
  if (out === undefined) return null;
  if (fromCall === null && files.length > 1) return fail('--out is for --from-call, or for one recording');
  const isRecording = files.some((file) => resolve(file) === resolve(out));
  return isRecording ? fail('--out must be another file than the recording') : out;
}

function readFault(value: string | undefined): ReplayFault | null {
  if (value === undefined) return null;
  return FAULTS.find((fault) => fault === value) ?? fail(`--fault must be one of ${FAULTS.join(', ')}`);
}

function fail(sentence: string): never {
  throw new GatewayError('BAD_REQUEST', sentence);
}

import { parseArgs } from 'node:util';
import { GatewayError } from '../../src/core/errors.js';

export interface InspectCommand {
  readonly file: string;
  /** A picture goes there; null: text on standard output. */
  readonly out: { readonly file: string; readonly format: 'png' | 'svg' } | null;
  /** The part to show, in milliseconds of the recording; null: from its beginning, or to its end. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export const INSPECT_USAGE = `Shows one recorded stream (RECORD_DIR): as text, or as a picture of both sides over time.

Usage: npm run inspect -- RECORDING.ndjson [options]

  --out FILE       draws a picture: .svg, or .png by the Chromium that CHROMIUM names or PATH has
  --from SECONDS   begins there
  --to SECONDS     ends there
  --help           this text

Exit status: 0 if it was shown, 1 if the picture could not be made, 2 for wrong options or a file that is no recording.`;

const OPTIONS = {
  out: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseInspectOptions(args: readonly string[]): InspectCommand | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [file, ...more] = positionals;
  if (file === undefined || file === '') return fail('Name the recording to show');
  if (more.length > 0) return fail('One recording at a time');
  const [fromMs, toMs] = [readSeconds('from', values.from), readSeconds('to', values.to)];
  if (toMs !== null && toMs <= (fromMs ?? 0)) return fail('--to must be later than --from');
  return { file, out: readOut(values.out), fromMs, toMs };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const name = error instanceof Error ? /'(--?[a-z-]+)/.exec(error.message)?.[1] : undefined;
    return fail(`${name ?? 'An option'} is no option of this command, or lacks its value`);
  }
}

function readOut(file: string | undefined): InspectCommand['out'] {
  if (file === undefined) return null;
  const format = /\.(png|svg)$/i.exec(file)?.[1]?.toLowerCase();
  if (format === 'png' || format === 'svg') return { file, format };
  return fail('--out must be the name of a .png or .svg file');
}

function readSeconds(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d{1,6}(\.\d{1,3})?$/.test(value)) return Number(value) * 1000;
  return fail(`--${option} must be seconds, such as 12.5`);
}

function fail(sentence: string): never {
  throw new GatewayError('BAD_REQUEST', sentence);
}

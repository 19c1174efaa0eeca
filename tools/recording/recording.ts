import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { isJsonObject } from '../../src/core/json.js';
import { unfoldedAudio } from './audio-runs.js';
import { unfoldedFrames } from './frame-runs.js';

const Time = z.number().nonnegative();
// As it was parsed: a copy would lose a field that is called __proto__.
const Message = z.custom<Readonly<Record<string, unknown>>>(isJsonObject);

const Times = z.int().min(2).max(1_000_000).optional();

const Header = z.looseObject({
  format: z.literal('bayline-stream'),
  version: z.literal(1),
  recorded_at: z.iso.datetime(),
  /** 0 for a call's first stream, one more for each time it was picked up again. */
  hop: z.int().nonnegative(),
  /** What is known of the webhook's form, with pseudonyms. */
  form: z.record(z.string(), z.string()).nullable(),
  twiml: z.string().nullable(),
  /** `replaced`: noise of the same loudness stands for the caller's voice. */
  voice: z.enum(['kept', 'replaced']),
  /** What the gateway was set to; absent in recordings of earlier versions. */
  settings: z.record(z.string(), z.string()).optional(),
  /** The shop's own settings and closures then; absent in recordings of earlier versions. */
  shop: z.record(z.string(), z.unknown()).optional(),
  /** Written by a replay: every time in it is exact. */
  clock: z.literal('virtual').optional(),
});

const Line = z.union([
  /** In a fixture, `times`: so many messages, 20 ms apart, whose numbers count on. */
  z.strictObject({ t: Time, in: Message, times: Times }),
  /** In a fixture, `times`: so many messages, 100 ms apart. */
  z.strictObject({ t: Time, out: Message, times: Times }),
  z.strictObject({ t: Time, in_text: z.string() }),
  z.strictObject({ t: Time, out_text: z.string() }),
  z.strictObject({
    t: Time,
    note: z.literal('speech'),
    what: z.enum(['candidate', 'accepted', 'rejected', 'ended']),
    at_ms: z.number(),
  }),
  z.strictObject({
    t: Time,
    note: z.literal('interrupted'),
    by: z.enum(['speech', 'key', 'agent']),
    heard_ms: z.number(),
  }),
  z.strictObject({
    t: Time,
    note: z.literal('session'),
    state: z.string(),
    speaking: z.boolean(),
    intent: z.string().nullable().optional(),
    collected_data: Message.optional(),
  }),
  z.strictObject({
    t: Time,
    note: z.literal('words'),
    text: z.string(),
    bytes: z.int().nonnegative(),
    /** A name is said: silence stands for the sentence, and another name for the name. */
    hidden: z.literal(true).optional(),
  }),
  z.strictObject({
    t: Time,
    note: z.literal('asked'),
    what: z.string(),
    with: z.array(z.unknown()).optional(),
    gave: z.unknown().optional(),
    failed: z.string().optional(),
    took_ms: z.number().nonnegative().nullable(),
  }),
  z.strictObject({ t: Time, note: z.literal('secret_key') }),
  z.strictObject({ t: Time, end: z.enum(['stopped', 'closed', 'lost']) }),
  /** The row of the call log, when the call was over; after its last stream's end. */
  z.strictObject({ t: Time, row: Message }),
  /** In a fixture, for an utterance (counted from 0) whose audio was left out: a print of each 100 ms of it. */
  z.strictObject({ t: Time, prints: z.string(), utterance: z.int().nonnegative() }),
  z.strictObject({ t: Time, truncated: z.literal(true) }),
]);

export type RecordingHeader = Readonly<z.infer<typeof Header>>;
/** `t`: milliseconds since the stream was accepted; never smaller than the line's before. */
export type RecordedLine = Readonly<z.infer<typeof Line>>;

export type RecordedNote = Extract<RecordedLine, { readonly note: string }>;

/** One stream as it was recorded. */
export interface Recording {
  readonly header: RecordingHeader;
  readonly lines: readonly RecordedLine[];
  /** The last line stops in its middle: the gateway was killed while it wrote. That line is left out. */
  readonly cut: boolean;
}

/**
 * Reads the streams in a recording's file: one, or those of a call in a fixture. Throws `BAD_REQUEST` with a sentence when it cannot be
 * read or is no recording.
 */
export async function loadRecordings(path: string): Promise<Recording[]> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new GatewayError('BAD_REQUEST', `${path} cannot be read: ${summarize(error).message}`);
  });
  return parseCall(text, path);
}

/**
 * The streams of one call, in the order in which they were opened: a fixture holds them one behind the other. Throws as
 * {@link parseRecording} does.
 */
export function parseCall(text: string, name = 'The recording'): Recording[] {
  const streams = text.split(/^(?=\{"format":)/m);
  if (streams.length < 2) return [parseRecording(text, name)];
  return streams.map((stream, n) => parseRecording(stream, `${name}, stream ${n + 1}`));
}

/** Throws `BAD_REQUEST`, naming `name` and the line, for anything but a recording; only its last line may be broken off. */
export function parseRecording(text: string, name = 'The recording'): Recording {
  const rows = text.split('\n');
  // A whole recording ends with a line break, which leaves an empty row.
  const last = rows.pop() ?? '';
  const [head, ...rest] = rows;
  if (head === undefined) return fail(name, 1, 'no header: this is no recording of Bayline');
  const header = Header.safeParse(jsonOf(head));
  if (!header.success) return fail(name, 1, 'no header of a Bayline recording, version 1');
  const lines = rest.map((row, index) => lineOf(row, name, index + 2));
  const whole = last === '' ? null : Line.safeParse(jsonOf(last));
  if (whole?.success) lines.push(whole.data);
  checkTimes(lines, name);
  return { header: header.data, lines: unfolded(lines), cut: whole !== null && !whole.success };
}

function lineOf(row: string, name: string, number: number): RecordedLine {
  const parsed = Line.safeParse(jsonOf(row));
  return parsed.success ? parsed.data : fail(name, number, 'neither a message nor a note');
}

function unfolded(lines: readonly RecordedLine[]): RecordedLine[] {
  if (!lines.some((line) => 'times' in line)) return [...lines];
  const all = lines.flatMap((line): RecordedLine[] => {
    if ('in' in line && line.times !== undefined) return unfoldedFrames(line, line.times);
    return 'out' in line && line.times !== undefined ? unfoldedAudio(line, line.times) : [line];
  });
  return all.sort((a, b) => a.t - b.t);
}

function checkTimes(lines: readonly RecordedLine[], name: string): void {
  const early = lines.findIndex(({ t }, index) => t < (lines[index - 1]?.t ?? 0));
  if (early >= 0) fail(name, early + 2, 'earlier than the line before it');
}

/** Undefined for what is no JSON, which no schema here takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(name: string, line: number, what: string): never {
  throw new GatewayError('BAD_REQUEST', `${name}, line ${line}: ${what}`);
}

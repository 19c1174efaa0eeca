import { writeFile } from 'node:fs/promises';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { loadRecordings } from '../recording/recording.js';
import { INSPECT_USAGE, type InspectCommand, parseInspectOptions } from './inspect-options.js';
import { drawTimeline } from './inspect-picture.js';
import { writePng } from './inspect-png.js';
import { inspectText } from './inspect-text.js';
import { seconds } from './inspect-words.js';
import { type Timeline, timelineOf } from './timeline.js';

async function main(): Promise<void> {
  const command = parseInspectOptions(process.argv.slice(2));
  const text = command ? await inspect(command) : INSPECT_USAGE;
  process.stdout.write(`${text}\n`);
}

/** Returns what is to be printed. */
async function inspect(command: InspectCommand): Promise<string> {
  const streams = (await loadRecordings(command.file)).map(timelineOf);
  const { out } = command;
  if (out === null) return textOf(streams, command);
  const [timeline, ...others] = streams;
  if (!timeline || others.length > 0)
    throw new GatewayError('BAD_REQUEST', 'There are several streams in this file, and a picture is of one');
  const [from, to] = partOf(timeline, command);
  if (from >= to) throw nothingThere();
  const picture = drawTimeline(timeline, from, to);
  if (out.format === 'png') await writePng(picture, out.file, process.env);
  else await writeFile(out.file, picture.svg);
  return `${out.file} shows ${seconds(from)} to ${seconds(to)}`;
}

/** Of the streams of a call some may be over before that part. */
function textOf(streams: readonly Timeline[], command: InspectCommand): string {
  const texts = streams.flatMap((timeline) => {
    const [from, to] = partOf(timeline, command);
    return from > to ? [] : [inspectText(timeline, from, to).join('\n')];
  });
  if (texts.length === 0) throw nothingThere();
  return texts.join('\n\n');
}

function partOf({ durationMs }: Timeline, { fromMs, toMs }: InspectCommand): [number, number] {
  return [fromMs ?? 0, Math.min(toMs ?? durationMs, durationMs)];
}

function nothingThere(): GatewayError {
  return new GatewayError('BAD_REQUEST', 'There is nothing in that part of the recording');
}

main().catch((error: unknown) => {
  process.stderr.write(`${summarize(error).message}\n`);
  const isUsage = summarize(error).code === 'BAD_REQUEST';
  if (isUsage) process.stderr.write('See: npm run inspect -- --help\n');
  process.exitCode = isUsage ? 2 : 1;
});

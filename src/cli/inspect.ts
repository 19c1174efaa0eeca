import { writeFile } from 'node:fs/promises';
import { GatewayError, summarize } from '../errors.js';
import { loadRecording } from '../recordings/recording.js';
import { timelineOf } from '../recordings/timeline.js';
import { INSPECT_USAGE, type InspectCommand, parseInspectOptions } from './inspect-options.js';
import { drawTimeline } from './inspect-picture.js';
import { writePng } from './inspect-png.js';
import { inspectText } from './inspect-text.js';
import { seconds } from './inspect-words.js';

async function main(): Promise<void> {
  const command = parseInspectOptions(process.argv.slice(2));
  const text = command ? await inspect(command) : INSPECT_USAGE;
  process.stdout.write(`${text}\n`);
}

/** Returns what is to be printed. */
async function inspect({ file, out, fromMs, toMs }: InspectCommand): Promise<string> {
  const timeline = timelineOf(await loadRecording(file));
  const [from, to] = [fromMs ?? 0, Math.min(toMs ?? timeline.durationMs, timeline.durationMs)];
  if (from >= to) throw new GatewayError('BAD_REQUEST', 'There is nothing in that part of the recording');
  if (out === null) return inspectText(timeline, from, to).join('\n');
  const picture = drawTimeline(timeline, from, to);
  if (out.format === 'png') await writePng(picture, out.file, process.env);
  else await writeFile(out.file, picture.svg);
  return `${out.file} shows ${seconds(from)} to ${seconds(to)}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${summarize(error).message}\n`);
  process.exitCode = 1;
});

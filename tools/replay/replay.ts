import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadEnvFile } from '../../src/core/env-file.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { callFixture, fixtureFileOf } from '../call/call-fixture.js';
import { fixtureText } from '../recording/fixture-text.js';
import { parseCall, type Recording } from '../recording/recording.js';
import { createKeptVoice } from '../voice/kept-voice.js';
import { parseReplayOptions, REPLAY_USAGE, type ReplayCommand } from './replay-options.js';
import { replayVerdict } from './replay-verdict.js';
import { replayCall } from './replayed-fixture.js';

async function main(): Promise<number> {
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const command = parseReplayOptions(process.argv.slice(2));
  if (!command) {
    print(REPLAY_USAGE);
    return 0;
  }
  const began = performance.now();
  const files = [...command.files, ...(await recordedCall(command))];
  const voice = await createKeptVoice();
  let wrong = 0;
  try {
    for (const file of files) if (!(await replayFile(file, command, voice))) wrong += 1;
  } finally {
    await voice.close();
  }
  if (files.length > 1)
    print(
      wrong === 0
        ? `All ${files.length} calls went as they should.`
        : `${wrong} of ${files.length} calls did not.`,
    );
  // Not on standard output, which is the same each time.
  process.stderr.write(`${seconds(performance.now() - began)}, ${voice.made} sentences made anew\n`);
  return wrong === 0 ? 0 : 1;
}

async function recordedCall({ fromCall }: ReplayCommand): Promise<string[]> {
  if (!fromCall) return [];
  const folder = process.env.RECORD_DIR;
  if (!folder)
    throw new GatewayError('BAD_REQUEST', '--from-call needs RECORD_DIR, the folder with the recordings');
  const file = fromCall.out ?? fixtureFileOf(fromCall.callSid);
  const text = await callFixture(folder, fromCall.callSid);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  print(`${file} is made; the caller's voice and keys are in it, as they were recorded`);
  return [file];
}

/** Prints how one replay went; true when it went as it should. */
async function replayFile(
  file: string,
  { update, fault }: ReplayCommand,
  voice: TextToSpeech,
): Promise<boolean> {
  const streams = await loadFixture(file);
  const calls = `${streams.length} stream${streams.length === 1 ? '' : 's'}, ${seconds(lengthOf(streams))}`;
  try {
    const replayed = await replayCall(streams, voice, fault);
    const lines = replayVerdict(streams, replayed, fault);
    const good = lines.length === 0;
    if (update) await writeFile(file, replayed.text);
    const held = fault === null ? 'as recorded' : `holds with ${fault}`;
    const verdict = good ? held : update ? 'accepted:' : 'differs:';
    print([`${file}: ${calls}, ${verdict}`, ...lines.map((line) => `  ${line}`)].join('\n'));
    return good || update;
  } catch (error) {
    print(`${file}: ${calls}, the replay failed:\n  ${summarize(error).message}`);
    return false;
  }
}

/** A recording as it was written is replayed as the fixture that it would be. */
async function loadFixture(file: string): Promise<Recording[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new GatewayError('BAD_REQUEST', `${file} cannot be read: ${summarize(error).message}`);
  });
  const streams = parseCall(fixtureText(parseCall(text, file)), file);
  const reason = whyNot(streams);
  if (reason === null) return streams;
  throw new GatewayError(
    'BAD_REQUEST',
    `${file} ${reason}: it cannot be replayed. To look at it: npm run inspect -- ${file}`,
  );
}

function whyNot(streams: readonly Recording[]): string | null {
  if (!streams.some(({ header }) => header.settings))
    return 'was recorded by an earlier version, and lacks what the shop answered';
  const talks = streams.some(({ header }) => header.settings?.AGENT === 'realtime');
  return talks ? 'is a call with the talking agent, and lacks what its voice model answered' : null;
}

function lengthOf(streams: readonly Recording[]): number {
  return streams.reduce((sum, { lines }) => sum + (lines.findLast((line) => !('row' in line))?.t ?? 0), 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${summarize(error).message}\n`);
    const isUsage = error instanceof GatewayError && error.code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('See: npm run replay -- --help\n');
    process.exitCode = isUsage ? 2 : 1;
  },
);

import { loadEnvFile } from '../../src/core/env-file.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { callFixture, fixtureFileOf } from '../call/call-fixture.js';
import { writeFixture } from '../recording/fixture-file.js';
import { fixtureText, holdsAgentAudio } from '../recording/fixture-text.js';
import { loadRecordings, parseCall, type Recording } from '../recording/recording.js';
import { createKeptVoice } from '../voice/kept-voice.js';
import { parseReplayOptions, REPLAY_USAGE, type ReplayCommand } from './replay-options.js';
import { mayBeKept, replayVerdict } from './replay-verdict.js';
import { replayCall } from './replayed-fixture.js';

async function main(): Promise<number> {
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const command = parseReplayOptions(process.argv.slice(2));
  if (!command) {
    print(REPLAY_USAGE);
    return 0;
  }
  const began = performance.now();
  const files = await filesToReplay(command);
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

/** The files that were named; a fixture is made first where one is asked for. */
async function filesToReplay({ files, fromCall, out }: ReplayCommand): Promise<readonly string[]> {
  if (fromCall !== null)
    return [...files, await madeFixture(await recordedCall(fromCall), out ?? fixtureFileOf(fromCall))];
  const [file] = files;
  if (out === null || file === undefined) return files;
  return [await madeFixture(fixtureText(await loadRecordings(file)), out)];
}

async function recordedCall(callSid: string): Promise<string> {
  const folder = process.env.RECORD_DIR;
  if (!folder)
    throw new GatewayError('BAD_REQUEST', '--from-call needs RECORD_DIR, the folder with the recordings');
  return await callFixture(folder, callSid);
}

async function madeFixture(text: string, file: string): Promise<string> {
  await writeFixture(file, text);
  print(`${file} is made; the caller's voice and keys are in it, as they were recorded`);
  return file;
}

/** Prints how one replay went; true when it went as it should. */
async function replayFile(
  file: string,
  { update, fault }: ReplayCommand,
  voice: TextToSpeech,
): Promise<boolean> {
  const streams = await loadFixture(file, update);
  const calls = `${streams.length} stream${streams.length === 1 ? '' : 's'}, ${seconds(lengthOf(streams))}`;
  try {
    const replayed = await replayCall(streams, voice, fault);
    const lines = replayVerdict(streams, replayed, fault);
    const good = lines.length === 0;
    const isKept = update && mayBeKept(streams, replayed);
    if (isKept) await writeFixture(file, replayed.text);
    const held = fault === null ? 'as recorded' : `holds with ${fault}`;
    const differs = isKept ? 'accepted:' : update ? 'not accepted:' : 'differs:';
    const verdict = good ? held : differs;
    print([`${file}: ${calls}, ${verdict}`, ...lines.map((line) => `  ${line}`)].join('\n'));
    return good || isKept;
  } catch (error) {
    print(`${file}: ${calls}, the replay failed:\n  ${summarize(error).message}`);
    return false;
  }
}

/** A recording as it was written is replayed as the fixture that it would be, but is not replaced by it. */
async function loadFixture(file: string, update: boolean): Promise<Recording[]> {
  const recorded = await loadRecordings(file);
  if (update && holdsAgentAudio(recorded))
    throw new GatewayError(
      'BAD_REQUEST',
      `${file} is no fixture, and --update would drop the agent's audio. To make one: npm run replay -- ${file} --out FILE`,
    );
  const streams = parseCall(fixtureText(recorded), file);
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

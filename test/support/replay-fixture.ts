import { readdir, readFile } from 'node:fs/promises';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { fixtureText } from '../../tools/recording/fixture-text.js';
import { parseCall, type Recording } from '../../tools/recording/recording.js';
import { replayVerdict } from '../../tools/replay/replay-verdict.js';
import { type ReplayedFixture, type ReplayFault, replayCall } from '../../tools/replay/replayed-fixture.js';

export const FIXTURE_FOLDER = 'fixtures/streams';

/** The names of all recorded calls. */
export async function fixtureNames(): Promise<string[]> {
  const files = await readdir(FIXTURE_FOLDER);
  return files
    .filter((file) => file.endsWith('.ndjson'))
    .map((file) => file.replace('.ndjson', ''))
    .sort();
}

export function fixtureFile(name: string): string {
  return `${FIXTURE_FOLDER}/${name}.ndjson`;
}

export async function loadFixture(name: string): Promise<Recording[]> {
  return parseCall(fixtureText(parseCall(await readFile(fixtureFile(name), 'utf8'), name)), name);
}

export interface ReplayedTest extends ReplayedFixture {
  /** What is not as recorded, or does not hold; `[]`: nothing. */
  readonly verdict: readonly string[];
}

/** Replays a recorded call on a virtual clock, which every timer of the test's process obeys until this settles. */
export async function replayFixture(
  name: string,
  { fault = null, voice }: { readonly fault?: ReplayFault | null; readonly voice: TextToSpeech },
): Promise<ReplayedTest> {
  const streams = await loadFixture(name);
  const replayed = await replayCall(streams, voice, fault);
  return { ...replayed, verdict: replayVerdict(streams, replayed, fault) };
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { callMark } from '../../src/recordings/stream-recorder.js';
import { fixtureText } from '../recording/fixture-text.js';
import { parseRecording } from '../recording/recording.js';

/**
 * A fixture of every stream of one call that gateways recorded in a folder, as text. Throws `BAD_REQUEST` when the folder cannot be read
 * and `NOT_FOUND` when no recording of the call is there.
 */
export async function callFixture(folder: string, callSid: string): Promise<string> {
  const names = await readdir(folder).catch((error) => {
    throw new GatewayError('BAD_REQUEST', `RECORD_DIR cannot be read: ${summarize(error).message}`);
  });
  const own = new RegExp(`-${callMark(callSid)}-\\d+\\.ndjson$`);
  // Names begin with the time.
  const found = names.filter((name) => own.test(name)).sort();
  if (found.length === 0)
    throw new GatewayError('NOT_FOUND', `There is no recording of this call in ${folder}`);
  const texts = await Promise.all(found.map((name) => readFile(join(folder, name), 'utf8')));
  // One by one: the last line of each may be cut off.
  return fixtureText(underOneName(texts, found).map((text, n) => parseRecording(text, found[n])));
}

/** Gateways have pseudonyms of their own: a call that went from one to another bears those of the first. */
function underOneName(texts: readonly string[], files: readonly string[]): string[] {
  const forms = texts.map((text, n) => parseRecording(text, files[n]).header.form);
  const first = forms[0];
  return texts.map((text, n) => {
    const own = forms[n];
    let renamed = text;
    for (const name of ['CallSid', 'From']) {
      const [from, to] = [own?.[name], first?.[name]];
      if (from && to && from !== to) renamed = renamed.replaceAll(from, to);
    }
    return renamed;
  });
}

/** Where a call's fixture goes when no other file is named. */
export function fixtureFileOf(callSid: string): string {
  return `fixtures/streams/call-${callMark(callSid)}.ndjson`;
}

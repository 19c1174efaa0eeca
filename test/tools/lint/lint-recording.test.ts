import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lintRecordings } from '../../../tools/lint/lint-recording.js';
import { parseCall, type RecordedLine, type Recording } from '../../../tools/recording/recording.js';
import { compiled } from '../../support/compiled.js';

const FIXTURES = new URL('../../../fixtures/streams/', import.meta.url);
/** What the caller of this one does on purpose. */
const MALFORMED = ['caller-message-form', 'caller-media-time', 'caller-mark'];

function fixture(name: string): Recording[] {
  return parseCall(readFileSync(new URL(name, FIXTURES), 'utf8'), name);
}

const rulesOf = (streams: readonly Recording[]) => lintRecordings(streams).map(({ rule }) => rule.id);

/** A booking, changed by a test: what `change` returns stands in place of the line. */
function changed(change: (line: RecordedLine, n: number) => readonly RecordedLine[]): Recording[] {
  return fixture('booking.ndjson').map((stream) => ({ ...stream, lines: stream.lines.flatMap(change) }));
}

/** The same, with another message of the caller's in place of the first of that event. */
function withFirst(event: string, alter: (message: Record<string, unknown>) => object): Recording[] {
  let done = false;
  return changed((line) => {
    if (done || !('in' in line) || line.in.event !== event) return [line];
    done = true;
    return [{ ...line, in: { ...alter({ ...line.in }) } }];
  });
}

describe('a recorded call is checked in both directions', () => {
  test.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.ndjson')))('%s', (name) => {
    const errors = lintRecordings(fixture(name)).filter(({ rule }) => rule.severity === 'error');
    expect(errors.map(({ rule }) => rule.id)).toEqual(name === 'malformed.ndjson' ? MALFORMED : []);
  });

  test('a field in another order, a number that is none of a string, and one that is left out', () => {
    const reordered = withFirst('dtmf', ({ streamSid, ...rest }) => ({ streamSid, ...rest }));
    const numeric = withFirst('dtmf', (message) => ({ ...message, sequenceNumber: 7 }));
    const skipped = withFirst('media', (message) => ({ ...message, sequenceNumber: '99' }));
    for (const streams of [reordered, numeric, skipped])
      expect(rulesOf(streams)).toContain('caller-message-form');
  });

  test('a first message that is not connected, and one behind stop', () => {
    const early = changed((line, n) => (n === 0 && 'in' in line ? [] : [line]));
    expect(rulesOf(early)).toContain('caller-message-form');
    const late = changed((line) =>
      'in' in line && line.in.event === 'connected'
        ? [line]
        : 'end' in line
          ? [behindStop(line.t), line]
          : [line],
    );
    expect(rulesOf(late)).toContain('caller-message-form');
  });

  test('a mark that was never sent, comes twice, or before its audio can have been played', () => {
    const unknown = withFirst('mark', (message) => ({ ...message, mark: { name: 'utterance-9' } }));
    const twice = changed((line) => ('in' in line && line.in.event === 'mark' ? [line, line] : [line]));
    for (const streams of [unknown, twice]) expect(rulesOf(streams)).toContain('caller-mark');
    const early = changed((line) => {
      if ('in' in line && line.in.event === 'mark') return [];
      if (!('out' in line) || line.out.event !== 'mark') return [line];
      return [line, { t: line.t, in: { ...line.out, sequenceNumber: '1' } }];
    });
    expect(lintRecordings(early).map(({ seen }) => seen)).toContainEqual(
      expect.stringMatching(/^A mark came back \d+ ms before its audio can have been played$/),
    );
  });

  test('a frame of a time that has passed', () => {
    let frames = 0;
    const streams = changed((line) => {
      if (!('in' in line) || line.in.event !== 'media') return [line];
      frames += 1;
      const media = { ...Object(line.in.media), timestamp: '60' };
      return [frames === 5 ? { ...line, in: { ...line.in, media } } : line];
    });
    expect(rulesOf(streams)).toContain('caller-media-time');
  });

  test('a message of the server with one field too many', () => {
    const spread = changed((line) =>
      'out' in line && line.out.event === 'mark' ? [{ ...line, out: { ...line.out, track: 'out' } }] : [line],
    );
    expect(rulesOf(spread)).toContain('extra-field');
  });
});

function behindStop(t: number): RecordedLine {
  const stop = { event: 'stop', sequenceNumber: '1', stop: {}, streamSid: 'MZ1' };
  return { t, in: stop };
}

test('a recording that cannot be read is status 2, as a wrong option is, and no finding', async () => {
  const args = [compiled('tools/lint/lint-stream.ts'), '--recording', 'none.ndjson'];
  const answer = await new Promise((settle) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      settle({ code: error?.code, stdout, stderr }),
    );
  });
  const stderr = expect.stringMatching(
    /^none\.ndjson cannot be read: .*\nSee: npm run lint:stream -- --help\n$/,
  );
  expect(answer).toEqual({ code: 2, stdout: '', stderr });
});

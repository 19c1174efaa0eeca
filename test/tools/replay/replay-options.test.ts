import { describe, expect, it } from 'vitest';
import { parseReplayOptions } from '../../../tools/replay/replay-options.js';

const SID = `CA${'0'.repeat(32)}`;

describe('the options of the replay', () => {
  it('are files, and what is to be done with them', () => {
    const plain = { update: false, fault: null, fromCall: null, out: null };
    expect(parseReplayOptions(['a.ndjson', 'b.ndjson'])).toEqual({
      ...plain,
      files: ['a.ndjson', 'b.ndjson'],
    });
    expect(parseReplayOptions(['a', '--update'])).toEqual({ ...plain, files: ['a'], update: true });
    expect(parseReplayOptions(['a', '--fault', 'no-stop'])).toMatchObject({ fault: 'no-stop' });
    expect(parseReplayOptions(['--from-call', SID])).toMatchObject({
      files: [],
      fromCall: SID,
      out: null,
    });
    expect(parseReplayOptions(['--from-call', SID, '--out', 'b'])).toMatchObject({ fromCall: SID, out: 'b' });
    expect(parseReplayOptions(['a', '--out', 'b'])).toMatchObject({ files: ['a'], fromCall: null, out: 'b' });
    expect(parseReplayOptions(['--help'])).toBeNull();
  });

  it.each([
    [[], 'Name the recordings'],
    [['a', '--fault', 'lightning'], '--fault must be one of drop, duplicate'],
    [['a', '--fault', 'drop', '--update'], 'not to be accepted'],
    [['--from-call', 'CA12'], '--from-call must be a CallSid'],
    [['a', 'b', '--out', 'c'], '--out is for --from-call, or for one recording'],
    [['a', '--out', './a'], '--out must be another file'],
    [['--out', 'a'], 'Name the recordings'],
    [['a', '--twice'], '--twice is no option'],
  ])('%j is told what is wrong', (args, sentence) => {
    expect(() => parseReplayOptions(args)).toThrow(sentence);
  });
});

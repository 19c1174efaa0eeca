import { describe, expect, it } from 'vitest';
import { parseInspectOptions } from '../../../tools/inspect/inspect-options.js';

describe('parseInspectOptions', () => {
  it('takes a recording, a picture and a part', () => {
    expect(parseInspectOptions(['a.ndjson'])).toEqual({
      file: 'a.ndjson',
      out: null,
      fromMs: null,
      toMs: null,
    });
    expect(parseInspectOptions(['--from', '1.5', 'a.ndjson', '--to=20', '--out', 'b/Call.PNG'])).toEqual({
      file: 'a.ndjson',
      out: { file: 'b/Call.PNG', format: 'png' },
      fromMs: 1500,
      toMs: 20_000,
    });
    expect(parseInspectOptions(['a', '--out', 'a.svg'])?.out?.format).toBe('svg');
    expect(parseInspectOptions(['--help'])).toBeNull();
  });

  it.each([
    [[], 'Name the recording to show'],
    [['a', 'b'], 'One recording at a time'],
    [['a', '--out', 'a.jpg'], '--out must be the name of a .png or .svg file'],
    [['a', '--from', 'soon'], '--from must be seconds, such as 12.5'],
    [['a', '--from', '5', '--to', '5'], '--to must be later than --from'],
    [['a', '--to', '0'], '--to must be later than --from'],
    [['a', '--colour'], '--colour is no option of this command, or lacks its value'],
    [['a', '--out'], '--out is no option of this command, or lacks its value'],
  ])('says what is wrong with %j', (args, sentence) => {
    expect(() => parseInspectOptions(args)).toThrow(sentence);
  });
});

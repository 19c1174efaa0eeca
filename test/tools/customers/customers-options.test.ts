import { describe, expect, it } from 'vitest';
import { parseCustomersOptions } from '../../../tools/customers/customers-options.js';

describe('parseCustomersOptions', () => {
  it('takes a file, an address and whether it is a dry run', () => {
    expect(parseCustomersOptions(['import', 'a.csv'])).toEqual({
      file: 'a.csv',
      dryRun: false,
      url: 'http://127.0.0.1:3000',
    });
    expect(parseCustomersOptions(['--dry-run', 'import', 'a', '--url', 'https://x.example/'])).toEqual({
      file: 'a',
      dryRun: true,
      url: 'https://x.example',
    });
    expect(parseCustomersOptions(['--help'])).toBeNull();
  });

  it.each([
    [[], 'Say what to do: import FILE.csv'],
    [['export', 'a'], 'Say what to do: import FILE.csv'],
    [['import'], 'Name the file to import'],
    [['import', 'a', 'b'], 'One file at a time'],
    [['import', 'a', '--url', 'http://x/api'], '--url must be an address such as'],
    [['import', 'a', '--now'], '--now is no option of this command'],
  ])('says what is wrong with %j', (args, sentence) => {
    expect(() => parseCustomersOptions(args)).toThrow(sentence);
  });
});

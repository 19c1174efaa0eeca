import { afterAll, describe, expect, test } from 'vitest';
import { oneMeaningEach } from './rules.js';
import { SourceReader } from './source-facts.js';

const reader = new SourceReader();
afterAll(() => reader.close());

function faults(sources: Record<string, string>): string[] {
  return oneMeaningEach(reader.read(sources)).map(({ file, line }) => `${file}:${line}`);
}

describe('one meaning each', () => {
  test('a name that two files of the gateway export is a fault of the second', () => {
    const sources = {
      'src/calls/call.ts': 'export interface Place {}\nexport const [a, b] = [1, 2], END = 3;\n',
      'src/calls/seat.ts': 'interface END {}\nexport type Place = string;\n',
      'lab/drills/place.ts': 'export class Place {}\n',
    };
    expect(faults(sources)).toEqual(['src/calls/seat.ts:2']);
  });

  test('a schema and its type in one file are one thing, and so is a name that is passed on', () => {
    const sources = {
      'src/settings.ts': 'export const Environment = 1;\nexport type Environment = 1;\n',
      'src/index.ts': "export { Environment } from './settings.js';\n",
    };
    expect(faults(sources)).toEqual([]);
  });
});

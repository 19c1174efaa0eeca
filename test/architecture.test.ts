import { describe, expect, test } from 'vitest';
import { RULES, show } from './architecture/rules.js';
import { SourceReader } from './architecture/source-facts.js';
import { readSourceTree } from './architecture/source-tree.js';

const sources = readSourceTree(new URL('../', import.meta.url));
const reader = new SourceReader();
const facts = reader.read(sources);
reader.close();

describe('the house keeps its rules', () => {
  test('and every source file was read', () => {
    expect(facts.map(({ file }) => file)).toEqual(Object.keys(sources));
    expect(facts.find(({ file }) => file === 'src/config.ts')?.imports.map(({ target }) => target)).toContain(
      'src/core/errors.ts',
    );
  });

  for (const rule of RULES) {
    test(rule.title, () => expect(rule.check(facts).map(show).join('\n')).toBe(''));
  }
});

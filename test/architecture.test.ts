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

test('a field of a log line is snake_case, so that one search finds a call in all of them', () => {
  const logged = /ogger\s*\.(?:trace|debug|info|warn|error|fatal|child)\(\s*\{([^}]*)\}/g;
  const misspelt = Object.entries(sources).flatMap(([file, text]) => {
    if (!file.startsWith('src/')) return [];
    const fields = [...text.matchAll(logged)].flatMap(([, object = '']) => object.split(','));
    const names = fields.map((field) => field.split(':')[0]?.trim() ?? '');
    return names.filter((name) => /^[a-z]+[A-Z]\w*$/.test(name)).map((name) => `${file}: ${name}`);
  });
  expect(misspelt).toEqual([]);
});

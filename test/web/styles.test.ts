import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The classes that begin a selector of a style sheet: what it styles, and not only where. */
function classesOf(sheet: string): ReadonlySet<string> {
  const rules = sheet.replace(/\/\*.*?\*\//gs, '').match(/[^{}]+(?=\{)/g) ?? [];
  const selectors = rules.filter((rule) => !rule.trim().startsWith('@')).flatMap((rule) => rule.split(','));
  return new Set(selectors.flatMap((selector) => /^\s*\.([\w-]+)/.exec(selector)?.[1] ?? []));
}

// The sheet of a view stays when another view is opened: the first one would change how the second one looks.
test('a class is styled by one sheet only', () => {
  const files = readdirSync('src/web', { recursive: true, encoding: 'utf8' });
  const sheets = files.filter((file) => file.endsWith('.css')).map((file) => join('src/web', file));
  expect(sheets.length).toBeGreaterThan(8);
  const homes = new Map<string, string[]>();
  for (const sheet of sheets)
    for (const name of classesOf(readFileSync(sheet, 'utf8')))
      homes.set(name, [...(homes.get(name) ?? []), sheet]);
  expect([...homes].filter(([, places]) => places.length > 1)).toEqual([]);
});

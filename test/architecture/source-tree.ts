import { readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';

/** The project's own TypeScript: path from the project's folder (`src/main.ts`) to text. */
export function readSourceTree(project: URL): Record<string, string> {
  const files = readdirSync(new URL('src/', project), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `src/${name.split(sep).join('/')}`)
    .sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, project), 'utf8')]));
}

import { readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';

const TREES = [
  'src/',
  'packages/realtime-simulator/src/',
  'packages/twilio-simulator/src/',
  'tools/',
  'lab/',
  'examples/',
];

/** The project's own TypeScript: path from the project's folder (`src/main.ts`) to text. */
export function readSourceTree(project: URL): Record<string, string> {
  const files = TREES.flatMap((tree) =>
    readdirSync(new URL(tree, project), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts') && !name.includes('node_modules'))
      .map((name) => `${tree}${name.split(sep).join('/')}`),
  ).sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, project), 'utf8')]));
}

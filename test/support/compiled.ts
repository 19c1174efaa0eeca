import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'build/tests');
/** What programs look for beside themselves, besides the assets of `src`. */
const BESIDE = ['node_modules', 'fixtures', 'packages/twilio-simulator/audio'];

/**
 * The compiled twin of a TypeScript file of this repository (its path from the root), as `compileAll` has made it. Processes that tests start run it,
 * as in production: each start through tsx would take a second of CPU more.
 */
export function compiled(source: string): string {
  return join(FOLDER, source.replace(/\.ts$/, '.js'));
}

/** Compiles all that tests start, without looking at types, and makes the empty database and the front desk page beside it. Throws when that fails. */
export function compileAll(): void {
  adoptEmptyDatabase();
  const steps = [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.tests.json'],
    ['scripts/copy-assets.js', compiled('src')],
    [compiled('src/database/make-empty-database.ts')],
    ...(isPageBuilt()
      ? []
      : [['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--outDir', compiled('src/web')]]),
  ];
  for (const words of steps) {
    const { status } = spawnSync(process.execPath, words, { cwd: ROOT, stdio: 'inherit' });
    if (status !== 0) throw new Error(`What tests start could not be made ready: node ${words.join(' ')}`);
  }
  for (const name of BESIDE) {
    const link = join(FOLDER, name);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(ROOT, name)), link);
  }
}

/** The one that a build has made already: a new one takes seconds of both cores. */
function adoptEmptyDatabase(): void {
  const built = join(ROOT, 'dist/database');
  if (!existsSync(built)) return;
  const names = readdirSync(built).filter((name) => name.startsWith('empty-database-'));
  for (const name of names) {
    const copy = compiled(join('src/database', name));
    if (!existsSync(copy)) cpSync(join(built, name), copy);
  }
}

/** Whether the page was built after its sources were changed last. */
function isPageBuilt(): boolean {
  const built = join(compiled('src/web'), 'index.html');
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  const names = readdirSync(join(ROOT, 'src/web'), { recursive: true, encoding: 'utf8' });
  const sources = names.map((name) => join(ROOT, 'src/web', name));
  return [...sources, join(ROOT, 'vite.config.ts')].every((file) => statSync(file).mtimeMs < mtimeMs);
}

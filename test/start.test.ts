import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folders: string[] = [];

interface Checkout {
  readonly packages?: boolean;
  readonly compiler?: boolean;
  readonly dist?: boolean;
  /** What is asked of Node. */
  readonly engine?: string;
}

/** A folder as it may be after some way to install; its build fails. */
function checkout({ packages, compiler, dist, engine = '>=20.19.0' }: Checkout): string {
  const folder = mkdtempSync(join(tmpdir(), 'bayline-start-'));
  folders.push(folder);
  cpSync(join(ROOT, 'scripts/before-start.js'), join(folder, 'before-start.js'));
  const scripts = { build: 'exit 3' };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'x', type: 'module', engines: { node: engine }, scripts }),
  );
  if (packages) mkdirSync(join(folder, 'node_modules/express'), { recursive: true });
  if (compiler) mkdirSync(join(folder, 'node_modules/typescript'), { recursive: true });
  if (dist) {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/main.js'), '');
  }
  return folder;
}

function start(folder: string): { status: number | null; told: string } {
  const { status, stderr } = spawnSync(process.execPath, ['before-start.js'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, told: stderr };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('what npm start does first', () => {
  it.each<[string, Checkout, string]>([
    ['nothing is installed', {}, 'The packages are not installed. Run: npm ci'],
    ['nothing is installed, but it is built', { dist: true }, 'Run: npm ci'],
    ['the compiler was left out', { packages: true }, 'Run: npm ci --include=dev'],
    [
      'Node is too old',
      { packages: true, dist: true, engine: '>=99.0.0' },
      'Bayline needs Node.js 99.0.0 or newer',
    ],
    [
      'Node is too old by its minor version',
      { engine: `>=${process.versions.node.split('.')[0]}.999.0` },
      '.999.0 or newer',
    ],
    ['the build fails', { packages: true, compiler: true }, 'The build has failed'],
  ])('says what to do in a sentence when %s', (_when, state, sentence) => {
    const { status, told } = start(checkout(state));
    expect(status).toBe(1);
    expect(told).toContain(sentence);
    expect(told).not.toContain('    at ');
  });

  it('takes what is built when the compiler was left out', () => {
    expect(start(checkout({ packages: true, dist: true }))).toEqual({ status: 0, told: '' });
  });
});

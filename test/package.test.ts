import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = process.cwd();
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const CONSUMER = `
import { createMemoryStore, createRedisStore, GatewayError } from 'bayline';
import { type AgentFactory, createGateway, loadConfig } from 'bayline/gateway';

const createAgent: AgentFactory = (call) => ({
  turnDetection: 'keypad',
  start: () => void call.say([]),
  pushAudio: () => {},
  onDigit: () => call.hangUp(),
  stop: async () => {},
});

export const gateway = createGateway(loadConfig({}), { createAgent });
export const stores = [createMemoryStore(), createRedisStore({ url: 'redis://127.0.0.1' })];
export const session: Promise<{ [name: string]: unknown } | null> = createMemoryStore().getSession('CA1');
export const isOurs = (error: unknown): boolean => error instanceof GatewayError;
`;
const STRICTEST = {
  target: 'ES2023',
  lib: ['ES2023'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ['node'],
  noEmit: true,
};

/** The package as npm would install it: built from `src/`, in a folder of its own. */
let installed: string;
let consumer: string;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'bayline-package-'));
  installed = join(consumer, 'node_modules/bayline');
  await mkdir(installed, { recursive: true });
  await run(process.execPath, [TSC, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')]);
  await run(process.execPath, ['scripts/copy-assets.js', join(installed, 'dist')]);
  const { files } = JSON.parse(await readFile('package.json', 'utf8'));
  for (const name of ['package.json', ...files.filter((file: string) => file !== 'dist')]) {
    await cp(name, join(installed, name), { recursive: true });
  }
  for (const name of await readdir('node_modules')) {
    if (name !== 'bayline')
      await symlink(join(ROOT, 'node_modules', name), join(consumer, 'node_modules', name));
  }
}, 120_000);

afterAll(() => rm(consumer, { recursive: true, force: true }));

async function packedFiles(): Promise<string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: installed,
  });
  const [packed] = JSON.parse(stdout);
  return packed.files.map(({ path }: { path: string }) => path).sort();
}

describe('the published package', () => {
  it('holds the gateway only: what is built from src, and its papers', async () => {
    const packed = await packedFiles();
    expect(packed.filter((file) => !file.startsWith('dist/'))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-NOTICES',
      'package.json',
    ]);
    const sources = (await readdir('src', { recursive: true, withFileTypes: true }))
      // A README stays here; the empty database is made by the build, and beside its source by whoever runs that.
      .filter((entry) => entry.isFile() && !/\.(md|tar\.br)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).replace(/^src\//, 'dist/'));
    const expected = sources.flatMap((file) =>
      file.endsWith('.ts') ? [file.replace(/ts$/, 'js'), file.replace(/ts$/, 'd.ts')] : [file],
    );
    expect(packed.filter((file) => file.startsWith('dist/'))).toEqual(expected.sort());
  });

  it.each(['index', 'gateway'])(
    'shows the world the declarations of %s that stand in the snapshot',
    async (face) => {
      const declarations = await readFile(join(installed, `dist/${face}.d.ts`), 'utf8');
      await expect(declarations).toMatchFileSnapshot(`__snapshots__/${face}.d.ts.txt`);
    },
  );

  it('compiles in the strictest consumer, declarations of its dependencies included', async () => {
    await writeFile(join(consumer, 'package.json'), '{"type":"module"}');
    await writeFile(join(consumer, 'consumer.ts'), CONSUMER);
    await writeFile(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: STRICTEST, include: ['consumer.ts'] }),
    );
    const problems = await run(process.execPath, [TSC, '-p', consumer]).then(
      () => '',
      ({ stdout }) => stdout,
    );
    expect(problems).toBe('');
  });
});

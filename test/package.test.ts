import { execFile } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from './support/compiled.js';
import { PackageConsumer } from './support/package-consumer.js';

const run = promisify(execFile);
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
let consumer: PackageConsumer;

beforeAll(async () => {
  consumer = await PackageConsumer.of({
    name: 'bayline',
    folder: '.',
    tsconfig: 'tsconfig.build.json',
    isBeside: () => true,
  });
  const dist = join(consumer.installed, 'dist');
  await run(process.execPath, ['scripts/copy-assets.js', dist]);
  await cp(compiled('src/web'), join(dist, 'web'), { recursive: true });
}, 120_000);

afterAll(() => consumer.remove());

describe('the published package', () => {
  it('holds the gateway only: what is built from src, and its papers', async () => {
    const packed = await consumer.packedFiles();
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
      .map((entry) => join(entry.parentPath, entry.name).replace(/^src\//, 'dist/'))
      .filter((file) => !file.startsWith('dist/web/'));
    const expected = sources.flatMap((file) =>
      file.endsWith('.ts') ? [file.replace(/ts$/, 'js'), file.replace(/ts$/, 'd.ts')] : [file],
    );
    const page = packed.filter((file) => file.startsWith('dist/web/'));
    expect(page).toContain('dist/web/index.html');
    expect(
      page.filter((file) => !/^dist\/web\/(index\.html|assets\/[\w-]+\.(js|css|svg))$/.test(file)),
    ).toEqual([]);
    expect(packed.filter((file) => file.startsWith('dist/') && !page.includes(file))).toEqual(
      expected.sort(),
    );
  });

  it.each(['index', 'gateway'])(
    'shows the world the declarations of %s that stand in the snapshot',
    async (face) => {
      const declarations = await readFile(join(consumer.installed, `dist/${face}.d.ts`), 'utf8');
      await expect(declarations).toMatchFileSnapshot(`__snapshots__/${face}.d.ts.txt`);
    },
  );

  it('compiles in the strictest consumer, declarations of its dependencies included', async () => {
    expect(await consumer.problemsOf(CONSUMER)).toBe('');
  });
});

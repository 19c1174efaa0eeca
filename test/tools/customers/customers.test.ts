import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../support/compiled.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const ADMIN_TOKEN = 'the-token-of-this-test';
const endings: (() => Promise<unknown>)[] = [];
let house: TestGateway;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bayline-customers-'));
  house = await startGateway({}, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

async function customers(args: readonly string[], url = house.url) {
  const program = [compiled('tools/customers/customers.ts'), ...args, '--url', url];
  const env = { PATH: process.env.PATH, HOME: folder, ADMIN_TOKEN };
  const child = spawn(process.execPath, program, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    text.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    text.err += data.toString();
  });
  const [status]: unknown[] = await once(child, 'close');
  return { status, ...text };
}
const fixture = (name: string) => resolve('fixtures/customers', name);

describe('npm run customers', () => {
  it('says what a file would bring, brings it, and the second time brings nothing', async () => {
    const file = fixture('semicolon-windows-1252.csv');
    const dry = await customers(['import', file, '--dry-run']);
    expect(dry).toMatchObject({ status: 0, err: '' });
    expect(dry.out).toContain('Would be new: 2 customers, 2 vehicles');
    expect(dry.out).toContain('Nothing was changed');
    const taken = await customers(['import', file]);
    expect(taken.out).toContain('Handynummer = phone_number');
    expect(taken.out).toContain('New: 2 customers, 2 vehicles');
    expect((await customers(['import', file])).out).toContain('New: 0 customers, 0 vehicles');
  });

  it('names each wrong row, and ends with status 1', async () => {
    const refused = await customers(['import', fixture('bad-rows.csv')]);
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toContain('4 of 6 rows cannot be taken');
    expect(refused.err).toContain('  line 6: email is no e-mail address');
  });

  it('says what is wrong with its options, its file and its gateway', async () => {
    expect(await customers(['import', 'missing.csv'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('missing.csv cannot be read'),
    });
    expect(await customers(['import', fixture('bad-rows.csv')], 'http://127.0.0.1:1')).toMatchObject({
      status: 1,
      err: expect.stringContaining('No gateway answers at http://127.0.0.1:1'),
    });
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { findProgram } from '../support/programs.js';
import { freePort } from '../support/redis-server.js';

const UNIT = 'ops/systemd/bayline@.service';
const unit = readFileSync(UNIT, 'utf8');

/** The values of a setting in their order. */
function valuesOf(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

describe('bayline@.service', () => {
  // In CI it is there: test/support/global-setup.ts refuses to begin without it.
  it.skipIf(findProgram(['systemd-analyze']) === null)('is what systemd reads without a word', () => {
    const said = execFileSync('systemd-analyze', ['verify', UNIT], { stdio: ['ignore', 'pipe', 'pipe'] });
    expect(said.toString()).toBe('');
  });

  it('gives each gateway a port and a folder of its own, whatever the settings say', () => {
    const [start = ''] = valuesOf('ExecStart');
    expect(start).toMatch(/^\/usr\/bin\/env PORT=%i DATA_DIR=%S\/bayline\/%i node /);
    expect(valuesOf('StateDirectory')).toEqual(['bayline/%i']);
  });

  it('starts Node as npm start and the container do', () => {
    const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync('package.json', 'utf8'));
    const [, command = ''] = scripts.start.split(' && ');
    expect(command).toMatch(/dist\/main\.js$/);
    expect(valuesOf('ExecStart')[0]).toMatch(new RegExp(` ${command}$`));
    const [, container = ''] = /^CMD (\[.*\])$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(JSON.parse(container).join(' ')).toBe(command);
  });

  it('stops it with SIGTERM and longer than its calls have, with the notice to the balancer', () => {
    expect(valuesOf('KillSignal')).toEqual(['SIGTERM']);
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(loadConfig({}).drainTimeoutSeconds + 5);
  });

  it.each([
    [{ REDIS_URL: 'redis://x', DATABASE_URL: 'postgres://x' }, 0],
    [{ REDIS_URL: 'redis://x' }, 1],
    [{ DATABASE_URL: 'postgres://x' }, 1],
    [{}, 1],
  ])('starts with %o: %i', async (env, status) => {
    const [, script = ''] = /^\/bin\/sh -c '(.*)'$/.exec(valuesOf('ExecStartPre')[0] ?? '') ?? [];
    const shell = spawn('/bin/sh', ['-c', script.replaceAll('$$', '$')], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    expect((await once(shell, 'close'))[0]).toBe(status);
    expect(said.includes('Several gateways need REDIS_URL and DATABASE_URL')).toBe(status === 1);
  });

  it('has no rights but those that it needs', () => {
    expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(unit).toMatch(/^CapabilityBoundingSet=$/m);
    expect(unit).toMatch(/^ProtectSystem=strict$/m);
    // V8 compiles: with this no gateway would start.
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });
});

describe('until-ready', () => {
  async function waitFor(port: number, pid: number): Promise<number | null> {
    const env = { PATH: process.env.PATH, PORT: String(port), MAINPID: String(pid) };
    const [code] = await once(spawn('ops/systemd/until-ready', { env, stdio: 'ignore' }), 'exit');
    return typeof code === 'number' ? code : null;
  }

  it('ends when the gateway is ready', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      response.writeHead(request.url === '/health/ready' && asked > 2 ? 200 : 503).end();
    });
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    expect(await waitFor(port, process.pid)).toBe(0);
    expect(asked).toBe(3);
  });

  it('fails when the gateway has ended before', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    expect(await waitFor(await freePort(), gone.pid ?? 0)).toBe(1);
  });
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { canInstall, findProgram, installPackages } from '../../test/support/programs.js';
import { freePort } from '../../test/support/redis-server.js';
import { type Gateways, ShippedHaproxy } from '../../test/support/shipped-haproxy.js';

const run = promisify(execFile);
const PROGRAMS = ['caddy', 'haproxy', 'openssl'];
const READY_WITHIN_MS = 20_000;

/** The shipped `Caddyfile` and `ops/haproxy` as they are, but for addresses, ports and the certificate. */
export class Balancer {
  /** Where Twilio reaches the shop. */
  readonly publicUrl: string;
  /** The authority that vouches for its certificate, PEM. */
  readonly ca: string;
  readonly #folder: string;
  readonly #port: number;
  #haproxy: ShippedHaproxy | null = null;
  #caddy: ChildProcess | null = null;
  #written = '';

  private constructor(folder: string, port: number, ca: string) {
    this.#folder = folder;
    this.#port = port;
    this.ca = ca;
    this.publicUrl = `https://localhost:${port}`;
  }

  /** Not started yet: the gateways must know its address first. */
  static async prepare(): Promise<Balancer> {
    await requirePrograms();
    const folder = await mkdtemp(join(tmpdir(), 'bayline-balancer-'));
    await makeCertificate(folder);
    return new Balancer(folder, await freePort(), await readFile(join(folder, 'ca.pem'), 'utf8'));
  }

  /** Settles when a request comes through to a gateway. */
  async start(gateways: Gateways): Promise<void> {
    const haproxy = await ShippedHaproxy.start(gateways);
    this.#haproxy = haproxy;
    await this.#startCaddy(`127.0.0.1:${haproxy.port}`);
    const deadline = performance.now() + READY_WITHIN_MS;
    // A webhook takes POST only: 405 is a gateway's answer, while a balancer that finds none says 502 or 503.
    while ((await statusOf(`${this.publicUrl}/twilio/voice`, this.ca)) !== 405) {
      if (performance.now() > deadline)
        throw new Error(
          `No gateway is reached. Caddy and HAProxy wrote:\n${this.#written}${haproxy.written}`,
        );
      await pause(50);
    }
  }

  /** HAProxy's, as after a change of its files. */
  async reload(): Promise<void> {
    await this.#haproxy?.reload();
  }

  async stop(): Promise<void> {
    if (this.#caddy && isRunning(this.#caddy)) {
      const ended = once(this.#caddy, 'exit');
      this.#caddy.kill('SIGTERM');
      await ended;
    }
    await this.#haproxy?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startCaddy(balancer: string): Promise<void> {
    const ports = `{\n\tadmin off\n\thttp_port ${await freePort()}\n\thttps_port ${this.#port}\n}\n`;
    const file = join(this.#folder, 'Caddyfile');
    await writeFile(file, ports + (await readFile('Caddyfile', 'utf8')));
    const certificate = `tls ${join(this.#folder, 'certificate.pem')} ${join(this.#folder, 'key.pem')}`;
    const home = { HOME: this.#folder, XDG_DATA_HOME: this.#folder, XDG_CONFIG_HOME: this.#folder };
    const settings = { PUBLIC_URL: this.publicUrl, BALANCER: balancer, CADDY_TLS: certificate };
    const env = { PATH: process.env.PATH, ...home, ...settings };
    const args = ['run', '--config', file, '--adapter', 'caddyfile'];
    this.#caddy = spawn('caddy', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#caddy.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#written += text;
    });
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Null: no answer. */
function statusOf(url: string, ca: string): Promise<number | null> {
  return new Promise((resolve) => {
    get(url, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    }).on('error', () => resolve(null));
  });
}

async function requirePrograms(): Promise<void> {
  const missing = PROGRAMS.filter((name) => findProgram([name]) === null);
  if (missing.length === 0 || (canInstall() && installPackages(...missing))) return;
  throw new Error(
    `This drill needs ${missing.join(' and ')}. Run: sudo apt-get install --yes ${missing.join(' ')}`,
  );
}

/** An authority of the drill's own (`ca.pem`), and what it vouches for: `certificate.pem` with `key.pem`, for localhost. */
async function makeCertificate(folder: string): Promise<void> {
  const openssl = (command: string) => run('openssl', command.split(' '), { cwd: folder });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  await openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -subj /CN=drill`);
  await openssl(`req ${key} -keyout key.pem -out request.pem -subj /CN=localhost`);
  await openssl(
    'x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out certificate.pem',
  );
}

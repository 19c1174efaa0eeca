import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const READY_WITHIN_MS = 60_000;

export interface ProcessOptions {
  /** A module that is loaded before the gateway and answers what {@link GatewayProcess.ask} asks; with it `gc` is exposed. */
  readonly probe?: string;
  /** Gets all that the process writes, to its output and its error output; without it only the latter goes on to ours. */
  readonly onOutput?: (text: string) => void;
}

/** A gateway in a process of its own, as it runs in production: touch-tone agent, embedded database and store. */
export class GatewayProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown[]>;

  private constructor(url: string, process: ChildProcess, exited: Promise<unknown[]>) {
    this.url = url;
    this.#process = process;
    this.#exited = exited;
  }

  /** Settles when it is ready; rejects with what it wrote when it is not within a minute. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    { probe, onOutput }: ProcessOptions = {},
  ): Promise<GatewayProcess> {
    const own = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: 'memory', AGENT: 'keypad', LOG_LEVEL: 'info' };
    const env = { PATH: process.env.PATH, ...own, ...settings };
    const loaded = probe
      ? ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', probe, MAIN]
      : [MAIN];
    const stdio: StdioOptions = ['ignore', 'pipe', onOutput ? 'pipe' : 'inherit', probe ? 'ipc' : 'ignore'];
    const child = spawn(process.execPath, loaded, { env, stdio });
    for (const output of [child.stdout, child.stderr])
      output?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
    const exited = once(child, 'exit');
    const url = await listening(child);
    await ready(url);
    return new GatewayProcess(url, child, exited);
  }

  /** What the probe answers. One question at a time. */
  async ask(question: string): Promise<unknown> {
    const answered = once(this.#process, 'message');
    this.#process.send(question);
    const [answer]: unknown[] = await answered;
    return answer;
  }

  /** SIGKILL: the process is gone from one moment to the next. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGTERM; settles with the exit code when it has ended: its calls have, or were handed over. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    const [code] = await this.#exited;
    return typeof code === 'number' ? code : null;
  }
}

async function listening(child: ChildProcess): Promise<string> {
  let log = '';
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  while (child.stdout) {
    const [chunk]: unknown[] = await once(child.stdout, 'data', { signal: deadline });
    log += String(chunk);
    const url = /"url":"([^"]+)"/.exec(log)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('The gateway has no output.');
}

async function ready(url: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const { ok } = await fetch(`${url}/health/ready`);
    if (ok) return;
    await pause(100);
  }
  throw new Error(`The gateway at ${url} was not ready within a minute.`);
}

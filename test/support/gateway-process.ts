import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** A gateway in a process of its own, as it runs in production: touch-tone agent, embedded database and store. */
export class GatewayProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  #log = '';

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
    process.stdout?.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
  }

  /**
   * Settles when it is ready; rejects with what it wrote when it is not within a minute. `program`: another than `main`, with a
   * channel for {@link tell}.
   */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    program?: string,
  ): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.listen(settings, program);
    await ready(gateway.url);
    return gateway;
  }

  /** Settles as soon as it listens. */
  static async listen(
    settings: Readonly<Record<string, string>> = {},
    program?: string,
  ): Promise<GatewayProcess> {
    const own = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: 'memory', AGENT: 'keypad', LOG_LEVEL: 'info' };
    const env = { PATH: process.env.PATH, ...own, ...settings };
    const child = spawn(process.execPath, [program ?? MAIN], {
      env,
      stdio: ['ignore', 'pipe', 'inherit', ...(program ? (['ipc'] as const) : [])],
    });
    return new GatewayProcess(await listening(child), child);
  }

  /** The messages of its log at these levels since it listens. */
  logged(levels: readonly string[] = ['warn', 'error', 'fatal', 'info']): string[] {
    const lines: { level: string; msg: string }[] = this.#log
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));
    return lines.filter(({ level }) => levels.includes(level)).map(({ msg }) => msg);
  }

  tell(message: Readonly<Record<string, number>>): void {
    this.#process.send?.(message);
  }

  /** SIGKILL: the process is gone from one moment to the next. */
  async kill(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  /** SIGTERM; settles with the exit code when it has ended: its calls have, or were handed over. */
  async stop(): Promise<number | null> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const [code]: unknown[] = await exited;
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

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const READY_WITHIN_MS = 60_000;

export interface ProcessOptions {
  /** A module that is loaded before the gateway and answers what {@link GatewayProcess.ask} asks; with it `gc` is exposed. */
  readonly probe?: string;
  /** Another program than `main`, in TypeScript or compiled, which may listen to what {@link GatewayProcess.tell} tells. */
  readonly program?: string;
  /** The folder in which it is started; without it ours. */
  readonly cwd?: string;
  /** Gets all that the process writes, to its output and its error output; without it only the latter goes on to ours. */
  readonly onOutput?: (text: string) => void;
}

/** A gateway in a process of its own, as it runs in production: touch-tone agent, embedded database and store. */
export class GatewayProcess {
  readonly url: string;
  /** What it has logged so far, a JSON text a line. */
  readonly log: readonly string[];
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown[]>;

  private constructor(url: string, process: ChildProcess, exited: Promise<unknown[]>, log: string[]) {
    this.url = url;
    this.#process = process;
    this.#exited = exited;
    this.log = log;
  }

  /** Settles when it is ready; rejects with what it wrote when it is not within a minute. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    options: ProcessOptions = {},
  ): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.listen(settings, options);
    await ready(gateway.url);
    return gateway;
  }

  /** Settles as soon as it listens. */
  static async listen(
    settings: Readonly<Record<string, string>> = {},
    options: ProcessOptions = {},
  ): Promise<GatewayProcess> {
    const child = launch(settings, options);
    const exited = once(child, 'exit');
    const log: string[] = [];
    if (child.stdout) createInterface(child.stdout).on('line', (line) => log.push(line));
    return new GatewayProcess(await listening(child, log), child, exited, log);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The messages of its log at these levels. */
  logged(levels: readonly string[] = ['warn', 'error', 'fatal', 'info']): string[] {
    const lines: { level: string; msg: string }[] = this.log
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    return lines.filter(({ level }) => levels.includes(level)).map(({ msg }) => msg);
  }

  /** What the probe answers. One question at a time. */
  async ask(question: string): Promise<unknown> {
    const answered = once(this.#process, 'message');
    this.#process.send(question);
    const [answer]: unknown[] = await answered;
    return answer;
  }

  tell(message: Readonly<Record<string, number>>): void {
    this.#process.send(message);
  }

  /** SIGSTOP: the process stands still, its sockets stay open. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** SIGKILL: the process is gone from one moment to the next. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** One more SIGTERM, not waited for. */
  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** SIGTERM; settles with the exit code when it has ended: its calls have, or were handed over. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return this.untilEnded();
  }

  /** Settles with the exit code; null when a signal has ended it. */
  async untilEnded(): Promise<number | null> {
    const [code] = await this.#exited;
    return typeof code === 'number' ? code : null;
  }
}

function launch(
  settings: Readonly<Record<string, string>>,
  { probe, program = MAIN, cwd, onOutput }: ProcessOptions,
): ChildProcess {
  const own = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: 'memory', AGENT: 'keypad', LOG_LEVEL: 'info' };
  const env = { PATH: process.env.PATH, ...own, ...settings };
  const probing = probe ? ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', probe] : [];
  const compiling = program.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const loaded = [...probing, ...compiling, program];
  const stdio: StdioOptions = ['ignore', 'pipe', onOutput ? 'pipe' : 'inherit', 'ipc'];
  const child = spawn(process.execPath, loaded, { env, stdio, cwd });
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  return child;
}

async function listening(child: ChildProcess, log: readonly string[]): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const url = log.map((line) => /"url":"([^"]+)"/.exec(line)?.[1]).find(Boolean);
    if (url !== undefined) return url;
    await pause(10);
  }
  throw new Error(`The gateway did not come to listen. It wrote: ${log.join('\n')}`);
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

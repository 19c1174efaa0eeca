import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { GatewayProcess } from './gateway-process.js';
import { isThere } from './is-there.js';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const WITHIN = { timeout: 30_000, interval: 20 };

export interface CrewAnswer {
  readonly status: number;
  readonly body: string;
}

/** A gateway of several processes; the agent is the echo, which needs no voice. */
export class GatewayCrew {
  readonly gateway: GatewayProcess;
  readonly twilio: TwilioSimulator;
  /** All that it has written, to its output and its error output. */
  readonly written: () => string;

  private constructor(gateway: GatewayProcess, written: () => string) {
    this.gateway = gateway;
    this.written = written;
    const publicUrl = gateway.url.replace('127.0.0.1', 'localhost');
    this.twilio = new TwilioSimulator({ gatewayUrl: gateway.url, publicUrl });
  }

  /** `probe`: a module that is loaded before the program of each process. */
  static async start(
    settings: Readonly<Record<string, string>>,
    { probe }: { readonly probe?: string } = {},
  ): Promise<GatewayCrew> {
    let output = '';
    const onOutput = (more: string) => {
      output += more;
    };
    const options = { program: MAIN, onOutput, ...(probe ? { probe } : {}) };
    const gateway = await GatewayProcess.listen({ AGENT: 'echo', ...settings }, options);
    const crew = new GatewayCrew(gateway, () => output);
    await crew.untilReady();
    return crew;
  }

  /** The processes that have come to listen, by number: also those that are gone. */
  get pids(): Map<number, number> {
    const lines = this.gateway.log.filter((line) => line.includes('"A worker listens"'));
    const listening: { worker: number; pid: number }[] = lines.map((line) => JSON.parse(line));
    return new Map(listening.map(({ worker, pid }) => [worker, pid]));
  }

  /** Those that are there now. */
  get workers(): number[] {
    return [...this.pids].flatMap(([worker, pid]) => (isThere(pid) ? worker : []));
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    process.kill(this.pids.get(worker) ?? 0, signal);
  }

  /** Settles when so many are there and ready. */
  async untilReady(count?: number): Promise<void> {
    await vi.waitFor(async () => {
      const workers = await this.#reachable();
      if (count !== undefined) expect(workers.size).toBe(count);
      for (const worker of workers.values()) expect((await worker.get('/health/ready')).status).toBe(200);
      for (const worker of workers.values()) worker.leave();
    }, WITHIN);
  }

  /** A way to each worker that takes connections. */
  async #reachable(): Promise<Map<number, WorkerWay>> {
    const found = new Map<number, WorkerWay>();
    for (let n = 0; n < 3 * this.workers.length; n += 1) {
      const way = await WorkerWay.open(this.gateway.url);
      if (found.has(way.worker)) way.leave();
      else found.set(way.worker, way);
    }
    return found;
  }

  /** Ways to those that are wanted and take connections; whoever asks for them leaves them. */
  async ways(isWanted: (worker: number) => boolean): Promise<WorkerWay[]> {
    const ways = [...(await this.#reachable()).values()];
    for (const way of ways) if (!isWanted(way.worker)) way.leave();
    return ways.filter(({ worker }) => isWanted(worker));
  }

  /** Asks each worker that takes connections the same, at once. */
  async atEach<T>(ask: (way: WorkerWay) => Promise<T>): Promise<T[]> {
    const ways = [...(await this.#reachable()).values()];
    try {
      return await Promise.all(ways.map(ask));
    } finally {
      for (const way of ways) way.leave();
    }
  }

  /** How many calls each worker says to have, by its number. */
  async liveCalls(): Promise<Map<number, number>> {
    const health = await this.atEach((way) => way.json<{ worker: number; live_calls: number }>('/health'));
    return new Map(health.map(({ worker, live_calls }) => [worker, live_calls]));
  }

  /** Whoever is asked, these are the live calls: their SIDs in order. */
  async liveSids(): Promise<string[][]> {
    const answers = await this.atEach((way) => way.json<{ live: Session[] }>('/api/live'));
    return answers.map(({ live }) => live.map(({ call_sid }) => call_sid).sort());
  }

  /** A figure, as each worker tells it. */
  figures(name: string): Promise<number[]> {
    return this.atEach((way) => way.figure(name));
  }

  /** So many lines of the log say this. */
  logged(message: string): number {
    return this.gateway.log.filter((line) => line.includes(`"msg":"${message}"`)).length;
  }

  /** Everything is gone, however the test has ended. */
  async end(): Promise<void> {
    await this.twilio.close();
    for (const worker of this.workers) this.signal(worker, 'SIGKILL');
    if (isThere(this.gateway.pid)) await this.gateway.kill();
    await vi.waitFor(() => expect(this.workers).toEqual([]), WITHIN);
  }
}

/** The program in its own process until it ends, as it does when it cannot start. */
export async function runToEnd(env: Readonly<Record<string, string>>) {
  const program = ['--import', import.meta.resolve('tsx'), MAIN];
  const child = spawn(process.execPath, program, { env: { PATH: process.env.PATH, ...env } });
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status]: unknown[] = await ended;
  return { status, written: out + err };
}

/** One connection that is kept, and so one worker. */
export class WorkerWay {
  readonly worker: number;
  readonly #url: string;
  readonly #agent: Agent;

  private constructor(url: string, agent: Agent, worker: number) {
    this.#url = url;
    this.#agent = agent;
    this.worker = worker;
  }

  static async open(url: string): Promise<WorkerWay> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { worker } = await new WorkerWay(url, agent, 0).json<{ worker: number }>('/health');
    return new WorkerWay(url, agent, worker);
  }

  get(path: string): Promise<CrewAnswer> {
    return this.#exchange('GET', path);
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse((await this.get(path)).body) as T;
  }

  /** NaN when it is not told. */
  async figure(name: string): Promise<number> {
    const { body } = await this.get('/metrics');
    const line = body.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? Number.NaN);
  }

  post(path: string, form: Readonly<Record<string, string>>): Promise<CrewAnswer> {
    return this.#exchange('POST', path, new URLSearchParams(form).toString());
  }

  leave(): void {
    this.#agent.destroy();
  }

  async #exchange(method: string, path: string, body = ''): Promise<CrewAnswer> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const asked = request(new URL(path, this.#url), { method, agent: this.#agent, headers });
    asked.end(body);
    const [answer]: IncomingMessage[] = await once(asked, 'response');
    if (!answer) throw new Error('There was no answer.');
    return { status: answer.statusCode ?? 0, body: await text(answer) };
  }
}

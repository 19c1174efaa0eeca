import { type ChildProcess, fork } from 'node:child_process';
import type { Session } from '../../src/sessions/session.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';

/** What an owner of a session says of it. */
export interface Owned {
  readonly data: Session;
  readonly isFenced: boolean;
  /** Everything that the session is was acknowledged by the store. */
  readonly isStored: boolean;
}

export type OwnerCommand = { readonly callSid: string } & (
  | { readonly do: 'begin' | 'end'; readonly stream: string }
  | { readonly do: 'take over'; readonly stream: string; readonly count: number }
  | { readonly do: 'change'; readonly count: number }
  | { readonly do: 'update'; readonly field: string; readonly count: number }
  | { readonly do: 'is usable' | 'settle' | 'leave' }
);

/** A process that owns sessions, with a network of its own to Redis; both can be made to stand still. */
export class OwnerProcess {
  readonly network: TcpProxy;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #count = 0;

  private constructor(network: TcpProxy, commandTimeoutMs: number) {
    this.network = network;
    const url = `redis://127.0.0.1:${network.port}`;
    const script = new URL(
      `./session-owner.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
      import.meta.url,
    );
    this.#process = fork(script, [url, String(commandTimeoutMs)]);
    this.#process.on('message', (message: { id: number; answer: unknown }) => {
      this.#waiting.get(message.id)?.(message.answer);
      this.#waiting.delete(message.id);
    });
  }

  static async start(redisPort: number, commandTimeoutMs: number): Promise<OwnerProcess> {
    const network = await TcpProxy.listen({ host: '127.0.0.1', port: redisPort });
    return new OwnerProcess(network, commandTimeoutMs);
  }

  /** Settles when the process has answered, however long it stands still. */
  async owned(command: OwnerCommand): Promise<readonly Owned[]> {
    const answer = await this.#ask(command);
    return Array.isArray(answer) ? answer : [];
  }

  /** Whether a write was acknowledged. */
  async wrote(command: OwnerCommand): Promise<boolean> {
    return (await this.#ask(command)) === true;
  }

  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.network.close();
  }

  #ask(command: OwnerCommand): Promise<unknown> {
    const id = this.#count++;
    return new Promise((answered) => {
      this.#waiting.set(id, answered);
      this.#process.send({ id, command });
    });
  }
}

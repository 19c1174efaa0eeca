import type { Agent, AgentFactory, AgentFailure, CallControl } from '../agents/agent.js';
import { type ControlledCall, revocableControl } from './revocable-control.js';

/** One agent at work on one call: what it throws goes no further, and what it may do ends when it fails or is stopped. */
export class GuardedAgent {
  /** Null before it is made, and when it cannot be. */
  agent: Agent | null = null;
  isOn = true;
  #failure: AgentFailure | undefined;
  /** False: it has failed in a way in which another of its kind would. */
  mayBeTriedAgain = true;
  readonly #control: CallControl;
  readonly #onFault: (reason: AgentFailure, error?: unknown) => void;

  /** `onFault`: it has failed; called once, and nothing that it does counts any more. */
  constructor(call: ControlledCall, onFault: (reason: AgentFailure, error?: unknown) => void) {
    this.#control = revocableControl(call, this);
    this.#onFault = onFault;
  }

  make(create: AgentFactory): void {
    try {
      this.agent = create(this.#control);
    } catch (error) {
      this.fail('threw', error);
    }
  }

  tell(what: (agent: Agent, control: CallControl) => unknown): void {
    if (!this.agent || !this.isOn) return;
    try {
      this.#watch(what(this.agent, this.#control));
    } catch (error) {
      this.fail('threw', error);
    }
  }

  /** What `tell` does, without a function for each of fifty frames a second. */
  pushAudio(frame: Buffer): void {
    if (!this.agent || !this.isOn) return;
    try {
      this.#watch(this.agent.pushAudio(frame));
    } catch (error) {
      this.fail('threw', error);
    }
  }

  fail(reason: AgentFailure, error?: unknown): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.#failure = reason;
    this.#onFault(reason, error);
  }

  // A method may be async although nothing waits for it.
  #watch(result: unknown): void {
    if (result instanceof Promise) result.catch((error) => this.fail('threw', error));
  }

  /** To be called once, whether it has failed or not. */
  async stop(): Promise<void> {
    this.isOn = false;
    await this.agent?.stop(this.#failure);
  }
}

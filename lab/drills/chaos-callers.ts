import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { bookByKeys } from './booking-caller.js';
import { liveSessions } from './gateway-views.js';

const LOOK_MS = 50;
const FIRST_NUMBER = 3_000_000;
const PATIENCE_MS = 60_000;

/** Callers who book by keys, one call after the other, until they are stopped. */
export class ChaosCallers {
  /** The numbers whose booking was acknowledged. */
  readonly booked: string[] = [];
  readonly problems: string[] = [];
  readonly #twilio: TwilioSimulator;
  readonly #gatewayUrl: string;
  readonly #stop = new AbortController();
  /** How calls ended that have not booked, and how many each way. */
  readonly #others = new Map<string, number>();
  #live: ReadonlyMap<string, Session> = new Map();
  #placed = 0;

  constructor(twilio: TwilioSimulator, gatewayUrl: string) {
    this.#twilio = twilio;
    this.#gatewayUrl = gatewayUrl;
  }

  /** Settles when all have been stopped; their calls are left as they are. */
  async ring(count: number): Promise<void> {
    const callers = Array.from({ length: count }, async () => {
      while (!this.#stop.signal.aborted) await this.#call();
    });
    await Promise.all([this.#look(), ...callers]);
  }

  stop(): void {
    this.#stop.abort();
  }

  get summary(): string {
    const others = [...this.#others].map(([how, times]) => `${times} ${how}`);
    return [`${this.#placed} calls: ${this.booked.length} booked`, ...others].join(', ');
  }

  async #call(): Promise<void> {
    const from = `+1512${FIRST_NUMBER + this.#placed}`;
    this.#placed += 1;
    const call = this.#twilio.call({ from, keepAudio: false, patienceMs: PATIENCE_MS });
    const look = async () => this.#live.get(call.callSid) ?? null;
    const [problem] = await bookByKeys(call, look, { stop: this.#stop.signal });
    if (problem === undefined) this.booked.push(from);
    else this.#endedOtherwise(call, problem);
  }

  #endedOtherwise({ record, callSid }: TwilioCall, problem: string): void {
    const { outcome } = record;
    if (outcome?.kind === 'fault') this.problems.push(`${callSid}: ${outcome.reason}`);
    else if (problem.startsWith('no booking')) this.problems.push(`${callSid}: ${problem}`);
    const how = outcome === null ? 'left as they were' : `ended with ${outcome.kind}`;
    this.#others.set(how, (this.#others.get(how) ?? 0) + 1);
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // A gateway whose event loop is blocked answers later.
      this.#live = await liveSessions(this.#gatewayUrl).catch(() => this.#live);
      await pause(LOOK_MS);
    }
  }
}

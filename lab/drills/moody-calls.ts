import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { AgentFactory } from '../../src/agents/agent.js';
import type { Session } from '../../src/sessions/session.js';
import { type Mood, MoodyAgent } from '../../test/support/moody-agent.js';

/** All agents of one call, in the order in which they were made. */
export class MoodyCall {
  readonly mood: Mood;
  readonly from: string;
  readonly agents: MoodyAgent[] = [];
  /** When audio of the agent came (monotonic ms). */
  readonly #arrivals: number[] = [];
  /** When all audio so far has been played. */
  #dryAt = 0;
  /** The longest time without audio between two messages, until the menu has been reached (ms). */
  longestSilenceMs = 0;

  constructor(mood: Mood, from: string) {
    this.mood = mood;
    this.from = from;
  }

  /** For the simulated call's `onAudio`. */
  readonly onAudio = (audio: Buffer): void => {
    const now = performance.now();
    if (this.#dryAt > 0) this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.#dryAt);
    this.#dryAt = Math.max(this.#dryAt, now) + audio.length / 8;
    this.#arrivals.push(now);
  };

  /** The longest time from `since` or an agent's fault to the next audio, ms. */
  longestWaitMs(since: number): number {
    const faults = this.agents.flatMap(({ faultAt }) => faultAt ?? []);
    return Math.max(...[since, ...faults].map((at) => this.#waitAfter(at)));
  }

  // Half a message's time: what was sent in the turn of the fault has its answer in it.
  #waitAfter(at: number): number {
    return (this.#arrivals.find((arrival) => arrival >= at - 1) ?? Number.POSITIVE_INFINITY) - at;
  }
}

/** Gives each call agents in the mood that its number stands for. */
export function factoryOf(calls: readonly MoodyCall[]): AgentFactory {
  return (control) => {
    const call = calls.find(({ from }) => from === control.caller.phone);
    if (!call) throw new Error('A call that the drill has not made.');
    const agent = new MoodyAgent(control, call.mood);
    call.agents.push(agent);
    return agent;
  };
}

/** Presses a key, until the session shows that the touch-tone menu has understood it. The session then; null when it never does. */
export async function reachMenu(
  call: TwilioCall,
  look: () => Promise<Session | undefined>,
): Promise<Session | null> {
  const deadline = performance.now() + 45_000;
  while (performance.now() < deadline && call.state !== 'ended') {
    const session = await look();
    if (session?.current_state === 'collecting_info') return session;
    const last = session?.conversation_history.at(-1)?.content ?? '';
    // The menu's own words: the agents of the drill say nothing of keys.
    if (session?.speaking === false && /To book an appointment, press 1\./.test(last)) call.press('1');
    await pause(200);
  }
  return null;
}

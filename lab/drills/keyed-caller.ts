import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import pg from 'pg';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { ADMIN_TOKEN, type SharedStores, storedSession } from './shared-shop.js';

const PATIENCE_MS = 20_000;
const DIGIT_MS = 60;
const WAIT_MS = 3000;
/** Keys that follow a code sooner belong to it. */
const AFTER_CODE_MS = 1100;

/** A caller who presses keys as soon as the agent speaks, and what is kept of the call. */
export class KeyedCaller {
  readonly call: TwilioCall;
  readonly #redis: Redis;

  constructor(twilio: TwilioSimulator, redis: Redis, from: string, stir: string | null) {
    this.call = twilio.call({ from, stir, keepAudio: false, patienceMs: PATIENCE_MS });
    this.#redis = redis;
  }

  /** Each is pressed while the agent speaks; settles when the agent has begun to answer the last one. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.call.untilSpeaking();
      await this.#answered(key);
    }
  }

  /** Presses the key, again when it was told to wait, until the call is in this state; gives up after a few. */
  async advance(key: string, state: Session['current_state']): Promise<void> {
    for (let presses = 0; presses < 4; presses += 1) {
      await this.press(key);
      if (await this.untilStored(({ current_state }) => current_state === state, WAIT_MS)) return;
    }
  }

  /** Four digits in a row, as a caller dials them, who then listens to what comes of it. */
  async dial(code: string): Promise<void> {
    for (const digit of code.slice(0, -1)) {
      this.call.press(digit);
      await pause(DIGIT_MS);
    }
    await this.#answered(code.slice(-1));
    await pause(AFTER_CODE_MS);
  }

  /** The session as soon as it fits; null when it does not come to that. */
  async untilStored(fits: (session: Session) => boolean, patienceMs = PATIENCE_MS): Promise<Session | null> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const session = await storedSession(this.#redis, this.call.callSid);
      if (session && fits(session)) return session;
      await pause(20);
    }
    return null;
  }

  async #answered(key: string): Promise<void> {
    const pressedAt = this.call.record.events.length;
    this.call.press(key);
    const isAnswer = () =>
      this.call.record.events.slice(pressedAt).some(({ kind }) => kind === 'agent-speaks');
    await this.call.untilEvent(`an answer to a key`, isAnswer);
  }
}

/** Everything that the agent made to be said on a finished call, and the row of the call log as text. */
export async function logged(
  stores: SharedStores,
  callSid: string,
): Promise<{ said: string[]; row: string }> {
  const client = new pg.Client({ connectionString: stores.DATABASE_URL });
  await client.connect();
  try {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const { rows } = await client.query('select * from calls where call_sid = $1', [callSid]);
      const [row] = rows;
      if (row) return { said: saidIn(row.full_transcript), row: JSON.stringify(row) };
      await pause(50);
    }
    throw new Error('A finished call is not in the call log.');
  } finally {
    await client.end();
  }
}

function saidIn(turns: unknown): string[] {
  const all: { role: string; content: string }[] = Array.isArray(turns) ? turns : [];
  return all.filter(({ role }) => role === 'assistant').map(({ content }) => content);
}

/** Asks the gateway's API as the front desk does. */
export async function atFrontDesk(gatewayUrl: string, path: string, body?: object): Promise<{ id: number }> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' };
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
  const response = await fetch(`${gatewayUrl}${path}`, init);
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${path} answered HTTP ${response.status}.`);
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? Number(answer.id) : Number.NaN;
  return { id };
}

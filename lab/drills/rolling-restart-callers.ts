import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { bookByKeys } from './booking-caller.js';
import { callFrom, storedSession } from './shared-shop.js';

/** They do not ring all in the same moment. */
const RING_EVERY_MS = 40;

/** They hear the goodbye, so that the gateways are asked what comes after the stream. */
const HABITS = { patient: true, thinkMs: 3000 };

/** One caller, and what went wrong for them. */
export interface Caller {
  readonly call: TwilioCall;
  problems: readonly string[];
}

/** So many callers at once who book: when one hangs up, another rings, until no more is to ring. */
export class Callers {
  readonly all: Caller[] = [];
  readonly #twilio: TwilioSimulator;
  readonly #redis: Redis;
  readonly #first: number;
  readonly #walks: Promise<void>[] = [];
  #areEnough = false;

  /** `first`: the number of the first of them. */
  constructor(twilio: TwilioSimulator, redis: Redis, first: number) {
    this.#twilio = twilio;
    this.#redis = redis;
    this.#first = first;
  }

  /** Settles when each of the first `count` has heard the agent. */
  async begin(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.#walks.push(this.#rings());
      await pause(RING_EVERY_MS);
    }
    await Promise.all(this.all.slice(0, count).map(({ call }) => call.untilEvent('the agent', isAgent)));
  }

  get live(): number {
    return this.all.filter(({ call }) => call.state !== 'ended').length;
  }

  /** Streams after which the call went on with another. */
  get brokenStreams(): number {
    const streams = this.all.map(({ call }) => call.record.documents.filter(isStream).length);
    return streams.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  }

  /** Nobody rings any more; settles when all have hung up. */
  async end(): Promise<void> {
    this.#areEnough = true;
    await Promise.all(this.#walks);
    await this.#twilio.close();
  }

  async #rings(): Promise<void> {
    while (!this.#areEnough) {
      const [{ call } = raise()] = callFrom(this.#twilio, this.#first + this.all.length, 1);
      const caller: Caller = { call, problems: [] };
      this.all.push(caller);
      const look = (callSid: string) => storedSession(this.#redis, callSid);
      caller.problems = await bookByKeys(call, look, HABITS);
    }
  }
}

const isStream = (document: string) => document.includes('<Connect');
const isAgent = ({ kind }: { kind: string }) => kind === 'agent-speaks';

function raise(): never {
  throw new Error('no call was made');
}

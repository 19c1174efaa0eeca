import { vi } from 'vitest';
import type { ModelSession } from '../../packages/realtime-simulator/src/model/model-session.js';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import type { TwilioCall, TwilioCallOptions } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { FinishedCall } from '../../src/call-log/finished-call.js';
import { type TalkingGateway, untilAnswered } from './talking-gateway.js';

/** So long a caller listens before breaking in. */
const LISTENS_MS = 400;

/** A model's voice that needs 60 ms for a word: for calls of which the words are tested, not the sound. */
export function quickSpeech(text: string): Buffer {
  return Buffer.alloc(480 * text.split(/\s+/).length, 0x2a);
}

/** One of several callers of a gateway whose model knows which of them speaks. */
export class TalkingCaller {
  readonly call: TwilioCall;
  /** The session of the model that has this call first. */
  readonly model: ModelSession;
  readonly #gateway: TalkingGateway;
  readonly #speech: Buffer;
  static #ringing: Promise<unknown> = Promise.resolve();

  private constructor(
    gateway: TalkingGateway,
    readonly from: string,
    call: TwilioCall,
    model: ModelSession,
    speech: Buffer,
  ) {
    this.#gateway = gateway;
    this.call = call;
    this.model = model;
    this.#speech = speech;
  }

  /** Rings one after the other: the next session of the model is this caller's. */
  static ring(
    gateway: TalkingGateway,
    { from = '+15125550177', ...options }: TwilioCallOptions = {},
  ): Promise<TalkingCaller> {
    const ring = async () => {
      const speech = await gateway.speech('I have a question.');
      const next = gateway.model.sessions.length + 1;
      const call = gateway.twilio.call({ ...options, from });
      return new TalkingCaller(gateway, from, call, await gateway.model.session(next), speech);
    };
    const caller = TalkingCaller.#ringing.then(ring);
    TalkingCaller.#ringing = caller.catch(() => undefined);
    return caller;
  }

  /** Says this when the agent has finished. */
  async says(words: string): Promise<void> {
    await untilAnswered(this.#gateway, this.call);
    await this.speaks(words);
  }

  /** Says this into the agent's words. */
  async breaksIn(words: string): Promise<void> {
    await this.call.untilSpeakingFor(LISTENS_MS);
    await this.speaks(words);
  }

  /** Says this now. */
  async speaks(words: string): Promise<void> {
    this.model.callerSays(words);
    await this.call.say(words, this.#speech);
  }

  /** The call as it is recorded, once it is. */
  async log(): Promise<FinishedCall> {
    await this.call.untilEnded();
    return await vi.waitFor(async () => {
      const log = await this.#gateway.get<FinishedCall>(`/api/calls/${this.call.callSid}`);
      if (!log.outcome) throw new Error('The call is not recorded');
      return log;
    });
  }

  async hangsUp(): Promise<CallRecord> {
    return await this.call.hangUp();
  }
}

/** The turns of a recorded call as lines. */
export function linesOf({ transcript }: FinishedCall): string[] {
  return transcript.map(({ role, content }) => `${role}: ${content}`);
}

/** What a client has told the model, but for audio. */
export function toldTo(model: ModelSession): string[] {
  return model.events
    .filter(({ direction, type }) => direction === 'from client' && type !== 'input_audio_buffer.append')
    .map(({ event }) => JSON.stringify(event));
}

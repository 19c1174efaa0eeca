import { setTimeout as pause } from 'node:timers/promises';
import { SimulatorError } from '../../packages/twilio-simulator/src/error.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';
import { bookByKeys } from './booking-caller.js';
import type { TalkingRig } from './talking-rig.js';

/** Before a caller speaks. */
const REACTION_MS = 300;
/** After the last words the caller listens for more. */
const LISTEN_MS = 1500;
const LONGEST_MS = 120_000;
const LOOK_MS = 100;
/** Words to which nobody answers. */
const WAITS = /one moment|thank you for waiting|we were cut off/i;
const BOOKED = / is booked\./;
const KEYS = /\bpress\b|please enter/i;
export const WANTS = 'I need an oil change';
const AGREES = 'Yes please';

/** What the caller found: `booked` was heard to be so; `person`: is dialled; `ended`: the agent ended the call before; `gave up`: no answer came. */
export type CallerEnd = 'booked' | 'person' | 'ended' | 'gave up';

/** Where callers call. */
export type CallerHouse = Pick<TalkingRig, 'model' | 'voice' | 'look'>;

/** A caller who books an oil change with whoever answers, by voice or by keys. */
export class TalkingCaller {
  /** What went wrong; empty when nothing did. */
  problem = '';
  readonly #rig: CallerHouse;
  readonly #call: TwilioCall;

  constructor(rig: CallerHouse, call: TwilioCall) {
    this.#rig = rig;
    this.#call = call;
  }

  async book(): Promise<CallerEnd> {
    const until = performance.now() + LONGEST_MS;
    try {
      while (this.#call.state !== 'ended' && performance.now() < until) {
        const session = await this.#untilTurn();
        const words = lastWords(session);
        if (session?.conversation_history.some(isBooked)) return await this.#listenOn();
        if (KEYS.test(words)) return await this.#press();
        if (!WAITS.test(words.slice(-60)) && this.#call.state === 'streaming') await this.#answer(words);
      }
    } catch (error) {
      if (!(error instanceof SimulatorError)) throw error;
      this.problem = error.message;
    }
    return await this.#end();
  }

  /** The agent has finished, or is asking for a key. */
  async #untilTurn(): Promise<Session | null> {
    let isTurn = false;
    const turn = this.#call.untilSpoken(REACTION_MS).finally(() => {
      isTurn = true;
    });
    turn.catch(() => undefined);
    while (!isTurn) {
      const session = await this.#rig.look(this.#call.callSid);
      if (KEYS.test(lastWords(session))) return session;
      await Promise.race([turn.catch(() => undefined), pause(LOOK_MS)]);
    }
    await turn;
    return await this.#rig.look(this.#call.callSid);
  }

  async #answer(words: string): Promise<void> {
    await this.say(/shall i book/i.test(words) ? AGREES : WANTS);
  }

  /** Says this, which is what the model hears. */
  async say(phrase: string): Promise<void> {
    const { audio } = await this.#rig.voice.synthesize(phrase);
    this.#rig.model.callerSays(phrase);
    await this.#call.say(phrase, audio);
  }

  /** What the menu offers first is what the caller wants, whatever it asks. */
  async #press(): Promise<CallerEnd> {
    this.#call.press('1');
    const look = (callSid: string) => this.#rig.look(callSid);
    const problems = await bookByKeys(this.#call, look, { thinkMs: 0, patient: true });
    this.problem = problems.join('; ');
    return problems.length === 0 ? 'booked' : await this.#end();
  }

  /** The agent may end the call itself. */
  async #listenOn(): Promise<CallerEnd> {
    await pause(LISTEN_MS);
    while (this.#call.state === 'streaming' && (await this.#isSpeaking())) await pause(LOOK_MS);
    await this.#call.hangUp();
    return 'booked';
  }

  async #isSpeaking(): Promise<boolean> {
    return (await this.#rig.look(this.#call.callSid))?.speaking === true;
  }

  async #end(): Promise<CallerEnd> {
    const isOver = this.#call.state === 'ended';
    const { outcome } = await this.#call.hangUp();
    if (!isOver) return 'gave up';
    return outcome?.kind === 'dial' ? 'person' : 'ended';
  }
}

function isBooked({ role, content }: Session['conversation_history'][number]): boolean {
  return role === 'assistant' && BOOKED.test(content);
}

function lastWords(session: Session | null): string {
  const turn = session?.conversation_history.findLast(({ role }) => role === 'assistant');
  return turn?.content ?? '';
}

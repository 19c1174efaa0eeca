import type { ModelSession } from '../../packages/realtime-simulator/src/model/model-session.js';
import {
  RealtimeSimulator,
  type RealtimeSimulatorOptions,
} from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Script } from '../../packages/realtime-simulator/src/script/script.js';
import { takeSteps } from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { FliteVoice } from '../../src/speech/flite-voice.js';
import type { Speech } from '../../src/speech/text-to-speech.js';
import { speakPhrases } from '../../tools/call/caller-phrases.js';
import { callerStepsOf, withVoice } from '../../tools/call/scripted-model.js';
import { type DrillGateway, openGateway, twilioAt } from './drill-gateway.js';

/** A caller who got no answer hangs up. */
const PATIENCE_MS = 20_000;

/** A gateway with the talking agent, the scripted model that it talks with, and callers who say what the script has for them. */
export class TalkingRig {
  readonly model: RealtimeSimulator;
  readonly gateway: DrillGateway;
  readonly #twilio: TwilioSimulator;
  readonly #voice: FliteVoice;
  readonly #script: Script;
  readonly #phrases: (words: string) => Buffer;
  readonly #taken = new Set<ModelSession>();

  private constructor(
    model: RealtimeSimulator,
    gateway: DrillGateway,
    voice: FliteVoice,
    script: Script,
    phrases: (words: string) => Buffer,
  ) {
    this.model = model;
    this.gateway = gateway;
    this.#twilio = twilioAt(gateway);
    this.#voice = voice;
    this.#script = script;
    this.#phrases = phrases;
  }

  /** `settings`: of the gateway, over those with which it comes to the model. */
  static async open(
    script: Script,
    options: Omit<RealtimeSimulatorOptions, 'script'> = {},
    settings: Readonly<Record<string, string>> = {},
  ): Promise<TalkingRig> {
    const voice = new FliteVoice();
    const spoken = new Map<string, Promise<Speech>>();
    // Said once, kept for all callers: a model's voice takes no time of this machine.
    const speak = (text: string) => {
      const speech = spoken.get(text) ?? voice.synthesize(text);
      spoken.set(text, speech);
      return speech;
    };
    const model = new RealtimeSimulator({ script: withVoice(script), speak, ...options });
    const address = { AGENT: 'realtime', REALTIME_URL: await model.listen(), OPENAI_API_KEY: 'scripted' };
    const gateway = await openGateway({}, { ...address, ...settings });
    const phrases = await speakPhrases(callerStepsOf(script) ?? []);
    return new TalkingRig(model, gateway, voice, script, phrases);
  }

  /** A call that rings now. */
  call(from: string): TwilioCall {
    return this.#twilio.call({ from, patienceMs: PATIENCE_MS });
  }

  /** The sessions that have a call and that nobody has taken before; those in which prompts are made hear nobody. */
  takeSessions(): ModelSession[] {
    const found = this.model.sessions.filter((session) => !this.#taken.has(session) && hearsCaller(session));
    for (const session of found) this.#taken.add(session);
    return found;
  }

  /** The caller says all lines of the script, each when it is their turn, hears the last answer and hangs up, if the agent has not. */
  async talk(call: TwilioCall): Promise<CallRecord> {
    await takeSteps(call, { steps: callerStepsOf(this.#script) ?? [], voice: this.#phrases });
    // The agent may have ended the call; or it answers nothing, which the record shows.
    await call.untilSpoken(1000).catch(() => undefined);
    return call.hangUp();
  }

  async close(): Promise<void> {
    await this.#twilio.close();
    await this.gateway.close();
    await this.model.close();
    await this.#voice.close();
  }
}

function hearsCaller({ events }: ModelSession): boolean {
  return events.some(({ type }) => type === 'input_audio_buffer.append');
}

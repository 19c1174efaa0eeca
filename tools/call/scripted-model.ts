import { readFile } from 'node:fs/promises';
import { PROFILES, type ProfileName } from '../../packages/realtime-simulator/src/profiles.js';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { readScript } from '../../packages/realtime-simulator/src/script/read-script.js';
import type { Rule, Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { CallerStep } from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { createKeptVoice } from '../voice/kept-voice.js';
import { type ModelStep, ModelTrack } from './model-track.js';

export interface ScriptedModelOptions {
  readonly script: Script;
  readonly profile: ProfileName;
  /** The caller says what the script has, and nothing else. */
  readonly isCallerScripted: boolean;
}

/** The gateway makes its own prompts with the model's voice, too: no script has to know of that. */
const VOICE: Rule = {
  when: { instructions: 'You are the voice of a telephone line' },
  capture: { prompt: '/[\\s\\S]+/' },
  do: [{ say: '$prompt' }],
};

// Any key will do, and none of this machine's may be shown around.
const NO_KEY = 'scripted';

/** Throws `BAD_REQUEST` with a sentence that names the file, and the line of a fault. */
export async function readModelScript(file: string): Promise<Script> {
  try {
    return readScript(await readFile(file, 'utf8'), file);
  } catch (error) {
    throw new GatewayError('BAD_REQUEST', `--model-script cannot be used: ${summarize(error).message}`);
  }
}

/** What the script has the caller do; `null`: nothing. */
export function callerStepsOf({ caller = [] }: Script): CallerStep[] | null {
  if (caller.length === 0) return null;
  return caller.map((turn) => {
    if (typeof turn === 'string') return { kind: 'say', words: turn };
    return { kind: turn.interrupts ? 'interrupt' : 'say', words: turn.says };
  });
}

/** The script of a model that also says what it is given to say. */
export function withVoice(script: Script): Script {
  return { ...script, rules: [VOICE, ...(script.rules ?? [])] };
}

/** A voice model that goes by a script and speaks with our voice, for one call. */
export class ScriptedModel {
  readonly #voice = createKeptVoice();
  readonly #model: RealtimeSimulator;
  readonly #track = new ModelTrack((step) => this.#show(step));
  readonly #profile: ProfileName;
  readonly #isCallerScripted: boolean;
  #show: (step: ModelStep) => void = () => {};

  constructor({ script, profile, isCallerScripted }: ScriptedModelOptions) {
    const track = this.#track;
    this.#profile = profile;
    this.#isCallerScripted = isCallerScripted;
    this.#model = new RealtimeSimulator({
      // Who says other things is not understood as the script has it.
      script: withVoice(isCallerScripted ? script : { ...script, caller: [] }),
      profile,
      speak: async (text) => (await this.#voice).synthesize(text),
      onTurn: (words) => track.turn(words),
      onEvent: (event, session) => track.add(event, session),
    });
  }

  /** Serves, and gives the settings with which a gateway comes here. */
  async listen(): Promise<Readonly<Record<string, string>>> {
    const { auth, formats, pcmuRate } = PROFILES[this.#profile];
    const pcmu = pcmuRate === 'accepted' ? 'pcmu8000' : 'pcmu';
    return {
      AGENT: 'realtime',
      REALTIME_URL: await this.#model.listen(),
      REALTIME_AUDIO: formats.includes('audio/pcmu') ? pcmu : 'pcm24000',
      OPENAI_API_KEY: auth === 'bearer' ? NO_KEY : '',
      REALTIME_HEADERS: auth === 'bearer or api-key' ? JSON.stringify({ 'api-key': NO_KEY }) : '',
      REALTIME_OFF: '',
    };
  }

  /** From now on `show` is told of what the model does. */
  watch(show: (step: ModelStep) => void): void {
    this.#show = show;
  }

  get isBusy(): boolean {
    return this.#track.isBusy;
  }

  /** What clients did against the protocol, as sentences. */
  get breaches(): string[] {
    return this.#model.breaches.map(({ event, message }) => `${event ?? 'connection'}: ${message}`);
  }

  /** The caller begins a phrase: it is what the next turn says. */
  callerSays(words: string): void {
    if (!this.#isCallerScripted) this.#model.callerSays(words);
  }

  async close(): Promise<void> {
    await this.#model.close();
    await (await this.#voice).close();
  }
}

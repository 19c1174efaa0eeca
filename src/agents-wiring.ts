import { join, resolve } from 'node:path';
import type { AgentFactory } from './agents/agent.js';
import { echoAgent } from './agents/echo/echo-agent.js';
import { type KeypadAgentsOptions, keypadAgents } from './agents/keypad/keypad-agents.js';
import { ONE_MOMENT, STILL_WORKING } from './agents/keypad/keypad-prompts.js';
import { instructionsFor } from './agents/realtime/instructions.js';
import type { ModelSetup } from './agents/realtime/model.js';
import { ModelSessions } from './agents/realtime/model-sessions.js';
import { ModelVoice, modelVoiceId } from './agents/realtime/model-voice.js';
import {
  greetingSentences,
  type RealtimeAgentsOptions,
  realtimeAgents,
} from './agents/realtime/realtime-agents.js';
import { TOOL_FUNCTIONS } from './agents/realtime/tools/call-tools.js';
import type { Agents } from './calls/agent-supervisor.js';
import { BoundedMap } from './core/bounded-map.js';
import type { CallerDesk } from './desk/desk.js';
import { withAnnotations } from './recordings/annotated-answers.js';
import type { Session } from './sessions/session.js';
import { PromptCache } from './speech/prompt-cache.js';
import { VoiceCache } from './speech/voice-cache.js';
import { type PreparedSpeech, spokenShopOf } from './speech-wiring.js';
import type { GatewayContext, LineShop } from './wiring.js';

/** A greeting that could not be made in the model's voice is tried again with a later call, but no sooner. */
const GREETING_AGAIN_MS = 60_000;

/** The talking agents of one gateway, and the sessions of their model. */
export interface Talking {
  /** New calls begin with it: its model answers. */
  readonly isAvailable: boolean;
  /** Makes what every caller hears first in the model's own voice, unless it is kept; never rejects. */
  prepareGreeting(): Promise<void>;
  /** A call was admitted: its model is connected before its stream comes. */
  expect(callSid: string): void;
  /** The agent of each call whose desk is this. */
  agentsAt(calls: Pick<RealtimeAgentsOptions, 'deskOf' | 'isNewStream'>): AgentFactory;
  close(): Promise<void>;
}

/** Null: the settings have another agent. `isOwnVoice`: the gateway was given a voice, which greets in place of the model's. */
export function createTalking(
  context: GatewayContext,
  speech: PreparedSpeech,
  isOwnVoice: boolean,
): Talking | null {
  const { config, logger, metrics } = context;
  if (config.agent !== 'realtime') return null;
  const { realtime } = config;
  const { calls, shopOf } = speech;
  const { language, maxMinutes, instructions: shopText } = realtime;
  const current = () => spokenShopOf(calls.current).shop;
  const setup = (): ModelSetup => ({
    instructions: instructionsFor({ shop: current(), language, shopText }),
    functions: TOOL_FUNCTIONS,
  });
  const { maxCalls } = config;
  const sessions = new ModelSessions({ realtime, setup, maxCalls, metrics, logger });
  const greeting = createGreeting(context, () => (isOwnVoice ? [] : greetingSentences(current())));
  calls.watch(() => void greeting.prepare());
  return {
    get isAvailable() {
      return sessions.isAvailable;
    },
    prepareGreeting: () => greeting.prepare(),
    expect: (callSid) => {
      sessions.prepare(callSid);
      if (sessions.isAvailable) void greeting.prepare();
    },
    agentsAt: (calls) =>
      realtimeAgents({
        ...calls,
        openSession: (callSid) => sessions.open(callSid),
        speak: speech.speak,
        inModelVoice: (text) => greeting.atHand(text),
        shopOf,
        transcribes: realtime.transcriptionModel !== null,
        maxMinutes,
        logger,
        metrics,
      }),
    close: async () => {
      sessions.close();
      await greeting.close();
    },
  };
}

/** What every caller hears first, in the model's own voice: kept in the data folder, where there is one. */
function createGreeting(
  { config, logger, metrics, closing }: GatewayContext,
  sentences: () => readonly string[],
) {
  const { realtime } = config;
  const model = new ModelVoice({ realtime });
  const { dataDir } = config.database;
  const folder = join(resolve(dataDir), 'model-prompts', modelVoiceId(realtime));
  const texts = () => new Set(sentences());
  const kept = dataDir === 'memory' ? null : new VoiceCache({ voice: model, folder, texts });
  const voice = kept ?? model;
  const prompts = new PromptCache({ voice, metrics, logger });
  let tried = { text: '', at: Number.NEGATIVE_INFINITY };
  return {
    atHand: (text: string) => prompts.atHand(text),
    prepare: async () => {
      const wanted = sentences();
      const text = wanted.join(' ');
      const isMade = wanted.every((sentence) => prompts.atHand(sentence) !== null);
      const isTried = text === tried.text && performance.now() - tried.at < GREETING_AGAIN_MS;
      if (isMade || isTried) return;
      tried = { text, at: performance.now() };
      await prompts.prepare(wanted, closing.signal);
      await kept?.tidy();
    },
    close: () => voice.close(),
  };
}

/** The stream on which an agent of each call began last: another one on the same stream follows it, and no break. */
class BegunStreams {
  readonly #latest = new BoundedMap<string, string>();

  isNew({ call_sid, stream_sid }: Session): boolean {
    return this.#latest.get(call_sid) !== stream_sid;
  }

  /** The same agents. Each is noted once it was made, or could not be. */
  noting(create: AgentFactory): AgentFactory {
    return (control) => {
      try {
        return create(control);
      } finally {
        const { call_sid, stream_sid } = control.session.data;
        this.#latest.set(call_sid, stream_sid);
      }
    };
  }
}

/** The agent of each call, and who goes on when it fails. */
export function createAgents(
  { config, logger }: GatewayContext,
  { desk }: LineShop,
  { speak, shopAtCallOf }: PreparedSpeech,
  talking: Talking | null,
  ownAgent: AgentFactory | undefined,
): Agents {
  const streams = new BegunStreams();
  const isNewStream = (session: Session) => streams.isNew(session);
  const agentsAt = (deskOf: KeypadAgentsOptions['deskOf']): Agents => {
    const keypad = keypadAgents({ deskOf, shopOf: shopAtCallOf, isNewStream, speak, logger });
    const talk = talking?.agentsAt({ deskOf, isNewStream });
    // While its model does not answer, calls begin with the keys.
    const talkOrKeys: AgentFactory | undefined =
      talk && ((control) => (talking?.isAvailable ? talk : keypad)(control));
    const createAgent = ownAgent ?? talkOrKeys ?? (config.agent === 'echo' ? echoAgent : keypad);
    const createFallbackAgent = createAgent === keypad ? undefined : streams.noting(keypad);
    return {
      createAgent: streams.noting(createAgent),
      createFallbackAgent,
      oneMoment: (nth) => speak(nth === 1 ? ONE_MOMENT : STILL_WORKING),
    };
  };
  const observed: Agents['observed'] = (observer) =>
    agentsAt((call) => withAnnotations<CallerDesk>(desk.forCall(call), observer));
  return { ...agentsAt(desk.forCall.bind(desk)), observed };
}

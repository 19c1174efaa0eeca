import type { AgentFactory } from './agents/agent.js';
import { EchoAgent } from './agents/echo/echo-agent.js';
import { type KeypadAgentsOptions, keypadAgents } from './agents/keypad/keypad-agent.js';
import { ONE_MOMENT, STILL_WORKING } from './agents/keypad/keypad-prompts.js';
import { instructionsFor } from './agents/realtime/instructions.js';
import type { ModelSetup } from './agents/realtime/model.js';
import { ModelSessions } from './agents/realtime/model-sessions.js';
import { type RealtimeAgentsOptions, realtimeAgents } from './agents/realtime/realtime-agents.js';
import { TOOL_FUNCTIONS } from './agents/realtime/tools/call-tools.js';
import type { Agents } from './calls/agent-supervisor.js';
import { parseOpeningHours } from './core/opening-hours.js';
import type { CallerDesk } from './desk/desk.js';
import { withAnnotations } from './recordings/annotated-answers.js';
import { timesIn } from './speech/spoken-time.js';
import type { GatewayContext, LineShop, PreparedSpeech } from './wiring.js';

/** The talking agents of one gateway, and the sessions of their model. */
export interface Talking {
  /** New calls begin with it: its model answers. */
  readonly isAvailable: boolean;
  /** A call was admitted: its model is connected before its stream comes. */
  expect(callSid: string): void;
  /** The agent of each call whose desk is this. */
  agentsAt(deskOf: RealtimeAgentsOptions['deskOf']): AgentFactory;
  close(): void;
}

/** Null: the settings have another agent. */
export function createTalking(
  { config, logger, metrics }: GatewayContext,
  speech: PreparedSpeech,
): Talking | null {
  if (config.agent !== 'realtime') return null;
  const { realtime } = config;
  const { timezone, hours } = config.shop;
  const shop = { ...speech.shop, address: null, timezone, hours: parseOpeningHours(hours) };
  const { language, instructions: shopText } = realtime;
  const setup: ModelSetup = {
    instructions: instructionsFor({ shop, language, shopText }),
    functions: TOOL_FUNCTIONS,
  };
  const sessions = new ModelSessions({
    realtime,
    setup: () => setup,
    maxCalls: config.maxCalls,
    metrics,
    logger,
  });
  return {
    get isAvailable() {
      return sessions.isAvailable;
    },
    expect: (callSid) => sessions.prepare(callSid),
    agentsAt: (deskOf) =>
      realtimeAgents({
        deskOf,
        openSession: (callSid) => sessions.open(callSid),
        speak: (text) => speech.prompts.speak(text),
        inModelVoice: () => null,
        sayTime: timesIn(timezone),
        shop,
        transcribes: realtime.transcriptionModel !== null,
        logger,
        metrics,
      }),
    close: () => sessions.close(),
  };
}

/** The agent of each call, and who goes on when it fails. */
export function createAgents(
  { config, logger }: GatewayContext,
  { desk }: LineShop,
  { prompts, shop }: PreparedSpeech,
  talking: Talking | null,
  ownAgent: AgentFactory | undefined,
): Agents {
  const speak = (text: string) => prompts.speak(text);
  const sayTime = timesIn(config.shop.timezone);
  const echo: AgentFactory = (control) => new EchoAgent(control);
  const agentsAt = (deskOf: KeypadAgentsOptions['deskOf']): Agents => {
    const keypad = keypadAgents({ deskOf, speak, sayTime, shop, logger });
    const talk = talking?.agentsAt(deskOf);
    // While its model does not answer, calls begin with the keys.
    const talkOrKeys: AgentFactory | undefined =
      talk && ((control) => (talking?.isAvailable ? talk : keypad)(control));
    const createAgent = ownAgent ?? talkOrKeys ?? (config.agent === 'echo' ? echo : keypad);
    const createFallbackAgent = createAgent === keypad ? undefined : keypad;
    return {
      createAgent,
      createFallbackAgent,
      oneMoment: (nth) => speak(nth === 1 ? ONE_MOMENT : STILL_WORKING),
    };
  };
  const observed: Agents['observed'] = (observer) =>
    agentsAt((call) => withAnnotations<CallerDesk>(desk.forCall(call), observer));
  return { ...agentsAt(desk.forCall.bind(desk)), observed };
}

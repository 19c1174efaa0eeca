import { onTestFinished } from 'vitest';
import type { RealtimeSimulatorOptions } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { SimulatorError } from '../../packages/twilio-simulator/src/error.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { ONE_MOMENT, STILL_WORKING } from '../../src/agents/keypad/keypad-prompts.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { SharedVoice } from './shared-voice.js';
import { QuickVoice, startGateway, type TestGateway } from './test-gateway.js';

/** So long after the agent's last word a caller speaks. */
const REACTION_MS = 300;
/** Who interrupts lets the agent speak for so long: longer than "One moment, please." takes. */
const INTERRUPTED_AFTER_MS = 1500;

/** `interrupt`: said into the agent's words. */
export interface SpokenStep {
  readonly kind: 'say' | 'interrupt';
  readonly words: string;
}

export interface TalkingGateway extends TestGateway {
  /** The voice model that the gateway's calls talk with. */
  readonly model: RealtimeSimulator;
  /** What a caller says, in our voice: mu-law at 8 kHz. */
  speech(words: string): Promise<Buffer>;
  /** Takes each step when it is the caller's turn; what is said is what the model's server understands. */
  takeSteps(call: TwilioCall, steps: readonly SpokenStep[]): Promise<void>;
}

export interface TalkingGatewayOptions {
  /** Of callers and model; closed with the gateway. Default: one of its own. */
  readonly voice?: TextToSpeech;
  /** Of the gateway itself. Default: a quick one. */
  readonly ownVoice?: TextToSpeech;
  readonly whenFinished?: (end: () => Promise<void>) => void;
}

/** A gateway with the talking agent, and a scripted model that speaks with our voice; both closed when the test is over (`whenFinished`: when a file is). */
export async function startTalkingGateway(
  model: RealtimeSimulatorOptions,
  env: Record<string, string> = {},
  {
    voice = new SharedVoice(),
    ownVoice = new QuickVoice(),
    whenFinished = onTestFinished,
  }: TalkingGatewayOptions = {},
): Promise<TalkingGateway> {
  const simulator = new RealtimeSimulator({ speak: (text) => voice.synthesize(text), ...model });
  const url = await simulator.listen();
  whenFinished(async () => {
    await simulator.close();
    await voice.close();
  });
  const settings = { AGENT: 'realtime', REALTIME_URL: url, OPENAI_API_KEY: 'scripted', ...env };
  const gateway = await startGateway(settings, ownVoice, whenFinished);
  const speech = async (words: string) => (await voice.synthesize(words)).audio;
  return {
    ...gateway,
    model: simulator,
    speech,
    takeSteps: async (call, steps) => {
      const spoken = await Promise.all(steps.map(({ words }) => speech(words)));
      try {
        for (const [n, { kind, words }] of steps.entries()) {
          await (kind === 'interrupt' ? untilAnswering(gateway, call) : untilAnswered(gateway, call));
          simulator.callerSays(words);
          await call.say(words, spoken[n] ?? Buffer.alloc(0));
        }
      } catch (error) {
        // The agent has ended the call before all steps were taken.
        if (!(error instanceof SimulatorError)) throw error;
      }
    },
  };
}

/** The agent has finished, and has not asked the caller to wait, as it does on a busy machine. */
export async function untilAnswered(gateway: TestGateway, call: TwilioCall): Promise<void> {
  do await call.untilSpoken(REACTION_MS);
  while (await asksToWait(gateway, call));
}

/** The agent is in its answer. */
async function untilAnswering(gateway: TestGateway, call: TwilioCall): Promise<void> {
  await call.untilSpeakingFor(INTERRUPTED_AFTER_MS);
  if (await asksToWait(gateway, call)) await call.untilSpeakingFor(INTERRUPTED_AFTER_MS);
}

async function asksToWait(gateway: TestGateway, { callSid }: TwilioCall): Promise<boolean> {
  const session = await gateway.live(callSid);
  const last = session?.conversation_history.findLast(({ role }) => role === 'assistant');
  return last !== undefined && [ONE_MOMENT, STILL_WORKING].includes(last.content);
}

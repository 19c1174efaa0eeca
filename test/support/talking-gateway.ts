import { onTestFinished } from 'vitest';
import type { RealtimeSimulatorOptions } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { CallerStep } from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import { takeSteps } from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { SharedVoice } from './shared-voice.js';
import { QuickVoice, startGateway, type TestGateway } from './test-gateway.js';

export interface TalkingGateway extends TestGateway {
  /** The voice model that the gateway's calls talk with. */
  readonly model: RealtimeSimulator;
  /** What a caller says, in our voice: mu-law at 8 kHz. */
  speech(words: string): Promise<Buffer>;
  /** Takes each step when it is the caller's turn; what is said is what the model's server understands. */
  takeSteps(call: TwilioCall, steps: readonly CallerStep[]): Promise<void>;
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
      const spoken = new Map<string, Buffer>();
      for (const step of steps) if (step.kind !== 'key') spoken.set(step.words, await speech(step.words));
      const say = (words: string) => spoken.get(words) ?? Buffer.alloc(0);
      await takeSteps(call, { steps, voice: say, onSay: (words) => simulator.callerSays(words) });
    },
  };
}

import { SimulatorError } from '../error.js';
import type { TwilioCall } from '../twilio-call.js';

/** What a caller does when it is their turn. `interrupt`: what they say into the agent's words. */
export type CallerStep =
  | { readonly kind: 'key'; readonly digit: string }
  | { readonly kind: 'say' | 'interrupt'; readonly words: string };

export interface CallerStepsOptions {
  readonly steps: readonly CallerStep[];
  /** The caller's voice: mu-law, 8 kHz. */
  readonly voice?: (words: string) => Buffer;
  /** The agent has more to say: what it said last was no question. */
  readonly asksToWait?: () => boolean;
  /** Told when a phrase begins. */
  readonly onSay?: (words: string) => void;
}

/** How long the agent must have finished before a caller who has keys to press presses the next. */
const REACTION_MS = 400;
/** The same before a caller speaks. */
const SPEECH_REACTION_MS = 300;
/** A key that nothing has been said to for so long is one of several, such as the digits of a number. */
const UNANSWERED_MS = 2000;
/** Who interrupts lets the agent speak for so long: longer than "One moment, please." takes, of which nothing would be cut. */
const INTERRUPTED_AFTER_MS = 1500;

/** Takes each step when it is the caller's turn. Settles when the call is over, too. */
export async function takeSteps(call: TwilioCall, options: CallerStepsOptions): Promise<void> {
  try {
    for (const step of options.steps) await takeStep(call, step, options);
  } catch (error) {
    // The agent has ended the call, or its stream, before all steps were taken: the events have said so.
    if (!(error instanceof SimulatorError)) throw error;
  }
}

async function takeStep(call: TwilioCall, step: CallerStep, options: CallerStepsOptions): Promise<void> {
  const { voice = () => Buffer.alloc(0), asksToWait = () => false, onSay } = options;
  if (step.kind === 'interrupt') await call.untilSpeakingFor(INTERRUPTED_AFTER_MS);
  else {
    const reactionMs = step.kind === 'key' ? REACTION_MS : SPEECH_REACTION_MS;
    do await call.untilTurn(reactionMs, UNANSWERED_MS);
    while (asksToWait());
  }
  if (step.kind === 'key') return call.press(step.digit);
  onSay?.(step.words);
  await call.say(step.words, voice(step.words));
}

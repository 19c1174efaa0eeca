import type { Limits } from './limits.js';
import type { CallName } from './observation.js';
import type { ProbeStream } from './probe-stream.js';

export interface ScenarioContext {
  readonly limits: Limits;
  /** How long the server's first audio may take. */
  readonly patienceMs: number;
  /** The server spoke on the first call without being asked. */
  readonly speaksFirst: boolean;
  /** Pressed each when the server has finished what it says, behind the two that interrupt it. */
  readonly keys: readonly string[];
  /** What the caller says, mu-law, speech from the first frame on. */
  readonly speech: Buffer;
}

type Scenario = (stream: ProbeStream, context: ScenarioContext) => Promise<void>;

/** Keys that commit a caller to nothing on most menus. */
const INTERRUPTING_KEYS = ['*', '#'];
/** A prompt may be long. */
const PROMPT_MS = 60_000;

/** What the caller does on each call between `start` and hanging up. */
export const SCENARIOS: Readonly<Record<CallName, Scenario>> = {
  first: async (stream, { limits, patienceMs }) => {
    const leastOver = stream.pause(limits.listenAtLeastMs);
    await stream.untilHeard(patienceMs);
    await stream.ping();
    await stream.untilQuiet(limits.quietMs, limits.listenAtMostMs);
    await leastOver;
  },
  second: listenBriefly,
  keys: async (stream, context) => {
    await untilInterruptible(stream, context);
    for (const key of INTERRUPTING_KEYS) await press(stream, key, context);
    for (const key of context.keys) {
      await stream.untilQuiet(context.limits.quietMs, PROMPT_MS);
      await press(stream, key, context);
    }
    if (context.keys.length > 0) await stream.untilQuiet(2 * context.limits.quietMs, PROMPT_MS);
  },
  speech: async (stream, context) => {
    await untilInterruptible(stream, context);
    stream.say(context.speech);
    await stream.pause(context.limits.afterSpeechMs);
  },
  additions: async (stream, { limits, patienceMs }) => {
    await stream.untilHeard(patienceMs);
    await stream.pause(limits.afterAdditionsMs);
    stream.sendUnknownEvent();
    await stream.pause(limits.afterAdditionsMs);
  },
  drop: async (stream, context) => {
    await listenBriefly(stream, context);
    await stream.drop();
  },
  steady: async (stream, { limits }) => await stream.pause(limits.gapMs),
  gap: async (stream, { limits }) => await stream.pause(limits.gapMs),
  beside: listenBriefly,
  last: listenBriefly,
};

async function listenBriefly(stream: ProbeStream, { patienceMs }: ScenarioContext): Promise<void> {
  await stream.untilHeard(patienceMs);
}

async function untilInterruptible(stream: ProbeStream, context: ScenarioContext): Promise<void> {
  const { limits, patienceMs, speaksFirst } = context;
  const waitMs = limits.interruptAfterMs + (speaksFirst ? patienceMs : 0);
  await stream.untilSpeakingFor(limits.interruptAfterMs, waitMs);
}

async function press(stream: ProbeStream, key: string, { limits }: ScenarioContext): Promise<void> {
  stream.press(key);
  await stream.pause(limits.afterKeyMs);
}

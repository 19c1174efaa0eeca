import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Agent, CallControl } from '../../src/agents/agent.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { MOODS, type Mood, MoodyAgent } from '../support/moody-agent.js';
import { type FakeStream, PhoneHouse, settle } from '../support/phone-house.js';
import { runs } from '../support/property-runs.js';
import { createSpokenDetector, frameWith } from '../support/spoken-detector.js';

/** Nobody who waits for words hears nothing for longer than this: two seconds, and what a timer and a new agent take. */
const LONGEST_SILENCE_MS = 2500;
/** So long after the caller's last key somebody has spoken, however many agents are silent one after the other. */
const ANSWERED_MS = 30_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A moody agent that the test can also make misbehave at any moment: `trap` says in which of its methods it throws next. */
class UnreliableAgent extends MoodyAgent {
  trap: keyof Agent | null = null;
  readonly control: CallControl;

  constructor(control: CallControl, mood: Mood) {
    super(control, mood);
    this.control = control;
  }

  override pushAudio(): void {
    this.#spring('pushAudio');
  }

  override onDigit(): void {
    this.#spring('onDigit');
    super.onDigit();
  }

  onInterrupted(): void {
    this.#spring('onInterrupted');
  }

  onSpeechStarted(): void {
    this.#spring('onSpeechStarted');
  }

  override onSpeechEnded(): void {
    this.#spring('onSpeechEnded');
    super.onSpeechEnded();
  }

  #spring(method: keyof Agent): void {
    if (this.trap !== method) return;
    this.trap = null;
    throw new TypeError('a fault in an agent');
  }
}

const METHODS = ['pushAudio', 'onDigit', 'onInterrupted', 'onSpeechStarted', 'onSpeechEnded'] as const;
const PIECES: readonly SpokenPiece[] = [
  { text: 'one two', audio: Buffer.alloc(1600) },
  { text: '', audio: Buffer.alloc(161) },
  { text: 'no sound', audio: Buffer.alloc(0) },
  { text: 'far too much', audio: Buffer.alloc(6_000_000) },
];

/** What `words` are made of, with which the line asks the caller to wait. */
const ONE_MOMENT_BYTE = 0x55;

type Act = (call: UnreliableCall) => unknown;
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 20, max: 4000 }).map(
      (ms): Act =>
        (call) =>
          call.pass(ms),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Act>((call) => call.press('1')) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('candidate' as const, 'accepted' as const, 'ended' as const).map(
      (type): Act =>
        (call) =>
          call.hear(type),
    ),
  },
  fc.constantFrom(...METHODS).map(
    (method): Act =>
      ({ agent }) => {
        if (agent) agent.trap = method;
      },
  ),
  fc.constantFrom('refused' as const, 'expired' as const, 'lost' as const, 'garbage' as const).map(
    (reason): Act =>
      ({ anyAgent }) =>
        anyAgent?.control.fail(reason),
  ),
  fc.constantFrom(...PIECES).map(
    (piece): Act =>
      ({ anyAgent }) =>
        void anyAgent?.control.say([piece]),
  ),
  fc.constantFrom(...PIECES).map(
    (piece): Act =>
      ({ anyAgent }) =>
        anyAgent?.control.open().push(piece),
  ),
  fc.constant<Act>(({ anyAgent }) => void anyAgent?.control.say([Promise.reject(new Error('no voice'))])),
  fc.constant<Act>((call) => call.cutOff()),
  fc.constant<Act>(({ anyAgent }) => anyAgent?.control.transfer()),
  fc.constant<Act>(({ anyAgent }) => anyAgent?.control.hangUp()),
);

/** An utterance that waits behind one of which nothing more comes does not make the caller wait longer. */
const QUEUED: Act[] = [
  (call) => call.pass(341),
  ({ anyAgent }) => anyAgent?.control.open().push(PIECES[0] as SpokenPiece),
  (call) => call.pass(1601),
  ({ anyAgent }) => anyAgent?.control.open().push(PIECES[0] as SpokenPiece),
  (call) => call.pass(461),
  (call) => call.pass(1541),
];

class UnreliableCall {
  readonly agents: UnreliableAgent[] = [];
  readonly house: PhoneHouse;
  stream = {} as FakeStream;
  readonly ear = new CallersEar(() => this.isLeaving);
  #turns = 0;

  constructor(moods: readonly Mood[], fallback: boolean, voiceFails: boolean) {
    const make = (mood: Mood) => (control: CallControl) => {
      const agent = new UnreliableAgent(control, mood);
      this.agents.push(agent);
      return agent;
    };
    this.house = new PhoneHouse({
      createAgent: (control) => make(moods[this.agents.length] ?? 'normal')(control),
      createFallbackAgent: fallback ? make('normal') : undefined,
      createDetector: createSpokenDetector,
      ...(voiceFails ? { oneMoment: () => Promise.reject(new Error('no voice')) } : {}),
    });
  }

  /** The one that has the call; undefined when none has. */
  get agent(): UnreliableAgent | undefined {
    return this.agents.find(({ stopped }) => !stopped);
  }

  /** Now this one, now that, be it long gone. */
  get anyAgent(): UnreliableAgent | undefined {
    this.#turns += 1;
    return this.agents[this.#turns % Math.max(1, this.agents.length)];
  }

  /** An agent has said goodbye, or nobody is left. */
  get isLeaving(): boolean {
    const state = this.house.line.registry.liveSessions[0]?.current_state;
    return state === undefined || state === 'completed' || state === 'transferring';
  }

  get isOver(): boolean {
    return this.stream.socket.closes.length > 0;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      await this.stream.pass(Math.min(100, left));
      this.ear.listen(this.stream);
      this.stream.returnMarks();
    }
  }

  press(digit: string): void {
    this.ear.awaits(this.stream);
    this.stream.press(digit);
    this.ear.listen(this.stream);
  }

  /** The agent cuts itself off, and owes nothing for that. */
  cutOff(): void {
    const { anyAgent } = this;
    this.ear.listen(this.stream);
    anyAgent?.control.interrupt();
    if (anyAgent === this.agent) this.ear.awaitsNothing(this.stream);
  }

  hear(type: 'candidate' | 'accepted' | 'ended'): void {
    this.ear.listen(this.stream);
    if (type === 'accepted') this.ear.speaks = true;
    if (type === 'ended') this.ear.stopsSpeaking();
    this.stream.hear(frameWith(type));
    this.ear.listen(this.stream);
  }
}

/** The silence at the caller's ear while they wait for words of an agent, by what was sent on the stream alone. */
class CallersEar {
  speaks = false;
  longestSilenceMs = 0;
  /** Since when words are awaited; null: they are not. A call begins so. */
  #awaitedSince: number | null = performance.now();
  #quietFrom = performance.now();
  #seen = 0;
  #agentSpoke = false;
  readonly #isLeaving: () => boolean;

  constructor(isLeaving: () => boolean) {
    this.#isLeaving = isLeaving;
  }

  /** A response is due from now on. */
  awaits(stream: FakeStream): void {
    this.listen(stream);
    this.#awaitedSince ??= performance.now();
  }

  awaitsNothing(stream: FakeStream): void {
    this.listen(stream);
    this.#awaitedSince = null;
  }

  stopsSpeaking(): void {
    const now = performance.now();
    this.#awaitedSince ??= now;
    if (this.speaks) this.#quietFrom = Math.max(this.#quietFrom, now);
    this.speaks = false;
  }

  listen({ socket }: FakeStream): void {
    const now = performance.now();
    for (const message of socket.messages.slice(this.#seen)) this.#onMessage(message, now);
    this.#seen = socket.messages.length;
    if (this.speaks) this.#quietFrom = Math.max(this.#quietFrom, now);
    this.#measure(now);
  }

  #onMessage(message: FakeStream['socket']['messages'][number], now: number): void {
    if (message.event === 'media') {
      this.#measure(now);
      const audio = Buffer.from(payloadOf(message), 'base64');
      const isAgents = audio[0] !== ONE_MOMENT_BYTE;
      if (isAgents) this.#agentSpoke = true;
      // What an agent begins and does not end is awaited too.
      if (isAgents) this.#awaitedSince ??= now;
      this.#quietFrom = Math.max(this.#quietFrom, now) + audio.length / 8;
    } else if (message.event === 'clear') {
      this.#quietFrom = Math.min(this.#quietFrom, now);
      this.#agentSpoke = false;
    } else if (message.event === 'mark' && this.#agentSpoke) {
      this.#awaitedSince = null;
      this.#agentSpoke = false;
    }
  }

  #measure(now: number): void {
    if (this.#awaitedSince === null || this.speaks || this.#isLeaving()) return;
    const silentMs = now - Math.max(this.#awaitedSince, this.#quietFrom);
    this.longestSilenceMs = Math.max(this.longestSilenceMs, silentMs);
  }
}

const Media = z.object({ media: z.object({ payload: z.string() }) });

function payloadOf(message: unknown): string {
  return Media.parse(message).media.payload;
}

describe('agents that misbehave, a caller who presses keys and speaks', () => {
  it('never throw out of their call, never are two at once, and the caller hears words, is handed over or the call ends', {
    timeout: 180_000,
  }, async () => {
    const setting = fc.record({
      moods: fc.array(fc.constantFrom(...MOODS), { minLength: 1, maxLength: 3 }),
      fallback: fc.boolean(),
      voiceFails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        setting,
        fc.array(act, { maxLength: 25 }),
        async ({ moods, fallback, voiceFails }, acts) => {
          vi.clearAllTimers();
          const call = new UnreliableCall(moods, fallback, voiceFails);
          const { house } = call;
          call.stream = await house.call();
          for (const next of acts) {
            await next(call);
            await settle();
            expect(call.agents.filter(({ stopped }) => !stopped).length).toBeLessThanOrEqual(1);
          }
          await answered(call);
          if (!voiceFails) expect(call.ear.longestSilenceMs).toBeLessThanOrEqual(LONGEST_SILENCE_MS);
          if (!call.isOver) call.stream.stop();
          await house.status(1, 'completed');
          await settle(2000);
          expect(call.agent).toBeUndefined();
          expect(house.memory.size).toBe(0);
          await house.memory.close();
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: runs(200), examples: [[{ moods: ['normal'], fallback: false, voiceFails: false }, QUEUED]] },
    );
  });
});

/** A key is pressed: within half a minute the caller hears an agent, or the stream has been closed, to hang up or for a person. */
async function answered(call: UnreliableCall): Promise<void> {
  if (call.isOver) return;
  const history = () => call.house.line.registry.liveSessions[0]?.conversation_history ?? [];
  call.press('5');
  const before = history().length;
  await call.pass(ANSWERED_MS);
  const words = history()
    .slice(before)
    .filter(({ role, content }) => role === 'assistant' && !/^one moment please$/.test(content));
  expect(call.isOver || words.length > 0).toBe(true);
  // No stream is closed for a fault of an agent.
  expect(call.stream.socket.closes.every(({ code }) => code === 1000)).toBe(true);
}

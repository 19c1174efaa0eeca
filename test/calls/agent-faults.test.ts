import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallControl } from '../../src/agents/agent.js';
import { keypadAgents } from '../../src/agents/keypad/keypad-agents.js';
import type { ModelSession } from '../../src/agents/realtime/model.js';
import { realtimeAgents } from '../../src/agents/realtime/realtime-agents.js';
import { silentLogger } from '../../src/core/logger.js';
import type { MaybePromise } from '../../src/core/maybe-promise.js';
import { Metrics } from '../../src/core/metrics.js';
import type { CallerDesk } from '../../src/desk/desk.js';
import type { PhoneLineOptions } from '../../src/line/phone-line-options.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { ANNA, BRAKES_AT_TEN, NINE, piece, TEN } from '../support/keypad-call.js';
import { MemoryCallerDesk, RIGHT_DIGITS } from '../support/memory-caller-desk.js';
import { menuContext } from '../support/menu-walks.js';
import { expectNothingLeft, type FakeStream, PhoneHouse, settle } from '../support/phone-house.js';
import { runs } from '../support/property-runs.js';
import { Sabotage } from '../support/sabotage.js';
import { ScriptedModelSession } from '../support/scripted-model-session.js';
import { createSpokenDetector, frameWith } from '../support/spoken-detector.js';
import { SHOP } from '../support/tools-call.js';

const realTurn = setImmediate;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
  vi.useFakeTimers({ now: new Date('2026-11-23T15:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
  process.off('unhandledRejection', onUnhandled);
});

/** One call of Anna's, whose first agent is handed what fails once. */
class SabotagedCall {
  readonly house: PhoneHouse;
  readonly models: ScriptedModelSession[] = [];
  stream = {} as FakeStream;
  readonly #sabotage: Sabotage;
  readonly #voice: { speak(text: string): MaybePromise<SpokenPiece> };

  constructor(agent: 'keypad' | 'realtime', sabotage: Sabotage) {
    this.#sabotage = sabotage;
    this.#voice = sabotage.before('voice', { speak: async (text: string) => piece(text) });
    const agents = { keypad: this.#keypad(), realtime: this.#realtime() };
    this.house = new PhoneHouse({
      createAgent: (control) => agents[agent](this.#watched(control)),
      createFallbackAgent: agent === 'realtime' ? agents.keypad : undefined,
      createDetector: createSpokenDetector,
      oneMoment: () => piece('one moment please'),
      lookUp: async () => ANNA,
    });
  }

  async begin(attestation: string | null = 'TN-Validation-Passed-A'): Promise<void> {
    const twiml = await this.house.voice(1, { attestation });
    const stream = this.house.connect(twiml, 1);
    if (!stream) throw new Error('The stream was refused.');
    this.stream = stream.start();
  }

  /** The session of the model that the agent has now. */
  get model(): ScriptedModelSession {
    return this.models.at(-1) ?? new ScriptedModelSession();
  }

  get isOver(): boolean {
    return this.stream.socket.closes.length > 0;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0 && !this.isOver; left -= 100) {
      await this.stream.pass(Math.min(100, left));
      this.stream.returnMarks();
    }
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) {
      if (!this.isOver) this.stream.press(key);
      await this.pass(100);
    }
  }

  async speak(ms: number): Promise<void> {
    this.stream.hear(frameWith('accepted'));
    await this.pass(ms);
    this.stream.hear(frameWith('ended'));
  }

  #watched(control: CallControl): CallControl {
    const session = this.#sabotage.before('session', control.session);
    const watched = this.#sabotage.before('control', control, ['setTimer', 'inBackground', 'fail']);
    return new Proxy(watched, {
      get: (target, property) => (property === 'session' ? session : Reflect.get(target, property)),
    });
  }

  #deskOf(control: CallControl): CallerDesk {
    const desk = new MemoryCallerDesk([NINE, TEN], control);
    desk.upcomingOf.set(ANNA.id, [BRAKES_AT_TEN]);
    return this.#sabotage.before('desk', desk);
  }

  #keypad(): PhoneLineOptions['createAgent'] {
    return keypadAgents({
      deskOf: (control) => this.#deskOf(control),
      shopOf: () => menuContext(true),
      isNewStream: () => true,
      speak: (text) => this.#voice.speak(text),
      logger: silentLogger(),
    });
  }

  #realtime(): PhoneLineOptions['createAgent'] {
    return realtimeAgents({
      deskOf: (control) => this.#deskOf(control),
      openSession: (): ModelSession => {
        const model = new ScriptedModelSession();
        this.models.push(model);
        // Fifty a second; one that fails is told of in the test of the supervisor.
        return this.#sabotage.before('model', model, ['pushAudio']);
      },
      speak: (text) => this.#voice.speak(text),
      inModelVoice: () => null,
      shopOf: () => ({ ...menuContext(true), shop: SHOP }),
      isNewStream: () => this.models.length === 0,
      transcribes: true,
      maxMinutes: null,
      logger: silentLogger(),
      metrics: new Metrics(),
    });
  }
}

type Story = (call: SabotagedCall) => Promise<void>;

const KEYPAD: Readonly<Record<string, Story>> = {
  books: async (call) => {
    await call.begin();
    await call.pass(300);
    await call.press('1');
    await call.speak(300);
    await call.press('1111');
    await call.pass(500);
  },
  'moves an appointment': async (call) => {
    await call.begin();
    await call.pass(300);
    await call.press('21');
    await call.pass(300);
    await call.press('11111');
    await call.pass(500);
  },
  'says nothing': async (call) => {
    await call.begin();
    await call.pass(30_000);
  },
};

const REALTIME: Readonly<Record<string, Story>> = {
  books: async (call) => {
    await call.begin();
    await call.pass(300);
    await call.speak(900);
    call.model.hears('I need an oil change');
    const looks = call.model.begins();
    call.model.speaks(looks, 'Let me see.', 200);
    call.model.calls(looks, 'find_open_times', { service: 'oil_change' });
    call.model.completes(looks);
    await call.pass(500);
    const [found] = call.model.of('add_output');
    const slot = /\bs\d+/.exec(found?.output ?? '')?.[0] ?? 'none';
    const keeps = call.model.begins();
    call.model.calls(keeps, 'book_appointment', { slot, confirmed: false });
    call.model.completes(keeps);
    await call.pass(300);
    call.model.answers('I have nine in the morning. Is that all right?', 400);
    await call.pass(600);
    await call.speak(900);
    call.model.hears('Yes');
    const books = call.model.begins();
    call.model.calls(books, 'book_appointment', { slot, confirmed: true });
    call.model.completes(books);
    await call.pass(300);
    call.model.answers('Your oil change is booked for Tuesday at nine.', 400);
    await call.pass(600);
    const ends = call.model.begins();
    call.model.calls(ends, 'end_call');
    call.model.speaks(ends, 'Goodbye.', 200);
    call.model.completes(ends);
    await call.pass(1000);
  },
  'interrupts, keys and proves who calls': async (call) => {
    await call.begin(null);
    await call.pass(300);
    call.model.hears('What appointments do I have?');
    call.model.answers('I can tell you that.', 2000);
    await call.pass(300);
    await call.speak(300);
    await call.pass(2500);
    const asks = call.model.begins();
    call.model.calls(asks, 'verify_me');
    call.model.calls(asks, 'list_my_appointments');
    call.model.completes(asks);
    await call.pass(200);
    await call.press(RIGHT_DIGITS);
    await call.pass(1500);
    await call.press('7');
    await call.pass(1500);
    call.model.tell({ type: 'error', code: 'other', requestId: null });
    call.model.fails(call.model.begins(), 'server_error');
    await call.pass(4000);
  },
  'says nothing': async (call) => {
    await call.begin();
    await call.pass(30_000);
  },
  'loses the model': async (call) => {
    await call.begin();
    await call.pass(300);
    const cut = call.model.begins();
    call.model.speaks(cut, 'Welcome to the', 400);
    call.model.end({ code: 'closed', fatal: false });
    await call.pass(1000);
    call.model.answers('We were cut off.', 300);
    await call.pass(1000);
  },
};

/** So many of the numbers from 1 to `last`, that one too. */
function evenly(last: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Math.round(((n + 1) * last) / count));
}

/** How many calls the agent makes of what it is handed, in this story. */
async function callsIn(agent: 'keypad' | 'realtime', story: Story): Promise<number> {
  const sabotage = new Sabotage(0, 'throws');
  await tell(agent, story, sabotage);
  return sabotage.count;
}

/** Tells the story of a call, at whose end its caller wants a person. */
async function tell(agent: 'keypad' | 'realtime', story: Story, sabotage: Sabotage): Promise<void> {
  vi.clearAllTimers();
  const call = new SabotagedCall(agent, sabotage);
  await story(call);
  for (let presses = 0; presses < 2; presses += 1) {
    await call.press('#0');
    await call.pass(15_000);
  }
  await new Promise(realTurn);
  const { hit } = sabotage;
  expect({ hit, unhandled, closes: call.stream.socket.closes.map(({ code }) => code) }).toEqual({
    hit,
    unhandled: [],
    closes: [1000],
  });
  await call.house.status(1, 'completed');
  await settle(5000);
  await expectNothingLeft(call.house);
}

describe.each([
  ['keypad', KEYPAD],
  ['realtime', REALTIME],
] as const)('a fault in the %s agent', (agent, stories) => {
  describe.each(Object.entries(stories))('of a caller who %s', (_, story) => {
    it.each(['throws', 'rejects'] as const)(
      'that %s, at whatever moment, is its own: the call goes on without it and comes to its end',
      { timeout: 120_000 },
      async (how) => {
        const calls = await callsIn(agent, story);
        expect(calls).toBeGreaterThan(5);
        for (const nth of evenly(calls, runs(calls))) await tell(agent, story, new Sabotage(nth, how));
      },
    );
  });
});

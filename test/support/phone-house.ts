import { expect, vi } from 'vitest';
import type { Agent, AgentFailure, CallControl, ResponseTrigger } from '../../src/agents/agent.js';
import { createVoicedSpeechDetector } from '../../src/audio/vad/voice-activity.js';
import type { DialResult, EndedCall } from '../../src/call-log/finished-call.js';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { MemoryFleet } from '../../src/line/memory-fleet.js';
import { PhoneLine } from '../../src/line/phone-line.js';
import type { PhoneLineOptions } from '../../src/line/phone-line-options.js';
import { MemorySessionStore } from '../../src/sessions/memory-session-store.js';
import { type Shop, shopOf } from '../../src/shop/shop.js';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import type { Sayable, SpokenPiece } from '../../src/twilio/spoken-piece.js';
import type { Heard } from '../../src/twilio/utterance.js';
import { isFinalStatus, type VoiceForm } from '../../src/twilio/webhooks.js';
import { FakeSocket } from './fake-socket.js';
import { HeldStore } from './held-store.js';
import { callSidOf, StreamMessages, streamSidOf } from './stream-messages.js';

/** An agent that does what a test tells it and keeps what it was told. */
export class ScriptedAgent implements Agent {
  readonly turnDetection: Agent['turnDetection'];
  keysAreSecret = false;
  readonly mustRespondAfter: readonly ResponseTrigger[];
  readonly told: string[] = [];
  readonly control: CallControl;
  readonly #script: Script;

  constructor(control: CallControl, script: Script) {
    this.control = control;
    this.#script = script;
    this.turnDetection = script.turnDetection ?? 'keypad';
    this.mustRespondAfter = script.mustRespondAfter ?? [];
  }

  /** What it was told beside the caller's audio. */
  get events(): string[] {
    return this.told.filter((what) => !what.startsWith('audio'));
  }

  start(resumed: boolean): void {
    this.told.push(`start ${resumed}`);
    return this.#script.onStart?.(this);
  }

  pushAudio(frame: Buffer): void {
    this.told.push(`audio ${frame.length}`);
    this.#script.onAudio?.(this);
  }

  onDigit(digit: string): void {
    this.told.push(`digit ${digit}`);
    this.#script.onDigit?.(this);
  }

  onInterrupted({ heardMs, text }: Heard): void {
    this.told.push(`interrupted after ${heardMs} ms: ${text}`);
    this.#script.onInterrupted?.(this);
  }

  onSpeechStarted(atMs: number): void {
    this.told.push(`speech from ${atMs} ms`);
  }

  onSpeechEnded(atMs: number): void {
    this.told.push(`speech until ${atMs} ms`);
  }

  onFalseStart(unheard: readonly Sayable[]): void {
    this.told.push(`false start, ${unheard.length} unheard`);
    void this.control.say(unheard);
  }

  onUnanswered(): void {
    this.told.push('unanswered');
    this.#script.onUnanswered?.(this);
  }

  stop(failure?: AgentFailure): Promise<void> {
    this.told.push('stop');
    return this.#script.onStop?.(failure) ?? Promise.resolve();
  }
}

export interface Script {
  readonly turnDetection?: Agent['turnDetection'];
  readonly mustRespondAfter?: readonly ResponseTrigger[];
  /** It was made; what this throws is thrown by its factory. */
  readonly onMade?: (agent: ScriptedAgent) => void;
  readonly onStart?: (agent: ScriptedAgent) => void;
  readonly onAudio?: (agent: ScriptedAgent) => void;
  readonly onDigit?: (agent: ScriptedAgent) => void;
  readonly onInterrupted?: (agent: ScriptedAgent) => void;
  readonly onUnanswered?: (agent: ScriptedAgent) => void;
  readonly onStop?: (failure?: AgentFailure) => Promise<void>;
}

/** So many words and their audio, 100 ms a word. */
export function words(text: string): SpokenPiece {
  return { text, audio: Buffer.alloc(text.split(' ').length * 800, 0x55) };
}

const SHOP_WITH_PERSON = shopOf({ given: { transfer_number: '+15125550100' } });
const SHOP_WITHOUT = shopOf({});

/** The shop has no number for a caller who wants a person. */
export const nobodyToDial = (): Shop => SHOP_WITHOUT;

export const ORIGIN = 'https://voice.example.com';
export const CALLER = '+15551234567';

/** One stream of a call as Twilio opens it. */
export class FakeStream {
  readonly socket = new FakeSocket();
  readonly messages: StreamMessages;
  readonly #openedAt = performance.now();

  constructor(index: number, callSid: string) {
    this.messages = new StreamMessages(streamSidOf(index), callSid);
  }

  start(): this {
    this.socket.receive(this.messages.connected());
    this.socket.receive(this.messages.start());
    return this;
  }

  press(digit: string): void {
    this.socket.receive(this.messages.dtmf(digit));
  }

  /** A frame of the caller comes, with the time since the stream was opened. */
  hear(audio = Buffer.alloc(160, 0xff)): void {
    this.socket.receive(this.messages.media(audio, Math.round(performance.now() - this.#openedAt)));
  }

  /** A frame every 20 ms, as Twilio sends them: the time goes on here as there. */
  async pass(ms: number, frame?: Buffer<ArrayBuffer>): Promise<void> {
    for (let left = ms; left > 0; left -= 20) {
      await settle(20);
      this.hear(frame);
    }
  }

  /** All marks sent so far come back. */
  returnMarks(): void {
    for (const name of this.socket.marks) this.socket.receive(this.messages.mark(name));
  }

  stop(): void {
    this.socket.receive(this.messages.stop());
  }

  get events(): unknown[] {
    return this.socket.messages.map(({ event }) => event);
  }
}

/** The phone line with an in-process store and scripted agents; the test plays Twilio. Needs fake timers. */
export class PhoneHouse {
  readonly memory = new MemorySessionStore({ logger: silentLogger() });
  readonly store = new HeldStore(this.memory);
  readonly ledger = new MemoryStreamLedger();
  readonly metrics = new Metrics();
  readonly recorded: EndedCall[] = [];
  readonly dialled: DialResult[] = [];
  readonly agents: ScriptedAgent[] = [];
  readonly line: PhoneLine;
  script: Script = {};
  readonly #seed: number;
  readonly #hops = new Map<number, number>();
  #streams = 0;

  /** `before`: the house whose store this one shares, as after a deploy. */
  constructor(options: Partial<PhoneLineOptions> = {}, before?: PhoneHouse) {
    this.#seed = before ? before.#seed + 1000 : 0;
    this.line = new PhoneLine({
      logger: silentLogger(),
      metrics: this.metrics,
      store: before?.store ?? this.store,
      ledger: before?.ledger ?? this.ledger,
      fleet: new MemoryFleet(),
      callLog: {
        record: (call) => this.recorded.push(call),
        dialled: (result) => this.dialled.push(result),
        get: async (callSid) => this.recorded.find(({ call_sid }) => call_sid === callSid) ?? null,
      },
      createAgent: (control) => {
        const agent = new ScriptedAgent(control, this.script);
        this.agents.push(agent);
        return agent;
      },
      createFallbackAgent: undefined,
      oneMoment: () => words('one moment please'),
      createDetector: createVoicedSpeechDetector,
      lookUp: async () => null,
      isAttested: (attestation) => attestation === 'TN-Validation-Passed-A',
      prepare: () => undefined,
      authToken: 'one token for all',
      shopOf: () => SHOP_WITH_PERSON,
      maxCalls: 10,
      sessionTtlSeconds: 3600,
      resumeWindowSeconds: 60,
      stream: { startTimeoutMs: 5000, idleTimeoutMs: 600_000 },
      ...options,
    });
    this.line.listenAt(ORIGIN);
    this.line.serve();
  }

  get agent(): ScriptedAgent {
    const agent = this.agents.at(-1);
    if (!agent) throw new Error('No call has an agent yet.');
    return agent;
  }

  form(call: number, more: Partial<VoiceForm> = {}): VoiceForm {
    const caller = { from: CALLER, attestation: null, canBeShown: true, called: '+15125550199' };
    const shape = { callStatus: 'ringing', dialStatus: null, mayNameAnother: false, ...caller, ...more };
    return { callSid: callSidOf(call), ...shape };
  }

  voice(call: number, more = {}): Promise<string> {
    return this.line.incoming(this.form(call, more));
  }

  /** `hop`: which stream of the call has ended, as the address that Twilio asks tells; the last one that was opened here when absent. */
  next(call: number, more = {}, hop = this.#hops.get(call) ?? 0): Promise<string> {
    return this.line.streamEnded(this.form(call, { callStatus: 'in-progress', ...more }), hop);
  }

  /** As the callback's route does. */
  async status(call: number, callStatus: string): Promise<void> {
    await this.line.statusChanged({ callSid: callSidOf(call), isFinal: isFinalStatus(callStatus) });
  }

  /** Opens the stream that the TwiML names; null when it is refused. */
  connect(twiml: string, call: number): FakeStream | null {
    const claims = this.line.invitations.redeem(tokenOf(twiml));
    if (typeof claims === 'string') return null;
    this.#streams += 1;
    this.#hops.set(call, claims.hop);
    const stream = new FakeStream(this.#seed + this.#streams, callSidOf(call));
    this.line.accept(stream.socket, claims);
    return stream;
  }

  /** A call whose stream has started. */
  async call(call = 1): Promise<FakeStream> {
    const stream = this.connect(await this.voice(call), call);
    if (!stream) throw new Error('The stream was refused.');
    return stream.start();
  }

  /** The stream that `/twilio/voice/next` offers, started. */
  async resume(call = 1): Promise<FakeStream> {
    const stream = this.connect(await this.next(call), call);
    if (!stream) throw new Error('The stream was refused.');
    return stream.start();
  }

  session(call = 1) {
    return this.memory.getSession(callSidOf(call));
  }
}

/** Which stream it is, as the TwiML tells whoever is asked what comes after it. */
export function nextHopOf(twiml: string): number {
  return Number(/\/twilio\/voice\/next\?hop=(\d+)"/.exec(twiml)?.[1] ?? 0);
}

export function tokenOf(twiml: string): string {
  return /\/twilio\/media\/([\w-]+)"/.exec(twiml)?.[1] ?? '';
}

/** Lets everything happen that is due within so many milliseconds, writes to the store included. */
export async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await vi.advanceTimersByTimeAsync(0);
}

/** Nothing of any call is left: not in the maps, not in the store, no timer. */
export async function expectNothingLeft({ line, memory }: PhoneHouse): Promise<void> {
  await settle();
  expect(line.registry.liveCount).toBe(0);
  expect(line.registry.liveSessions).toEqual([]);
  expect(memory.size).toBe(0);
  await memory.close();
  expect(vi.getTimerCount()).toBe(0);
}

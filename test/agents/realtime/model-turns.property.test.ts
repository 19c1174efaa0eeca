import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelTurns } from '../../../src/agents/realtime/model-turns.js';
import { runs } from '../../support/property-runs.js';

type ClientMessage =
  | { readonly type: 'respond'; readonly requestId: string }
  | { readonly type: 'cancel'; readonly requestId: string; readonly responseId: string };
type ServerMessage =
  | { readonly type: 'committed' }
  | { readonly type: 'created' | 'done'; readonly id: string }
  | { readonly type: 'error'; readonly requestId: string; readonly code: string };

/** A server as the protocol has it, with a network that takes its time in both directions and keeps the order. */
class SlowServer {
  readonly toServer: ClientMessage[] = [];
  readonly toClient: ServerMessage[] = [];
  readonly responses: {
    readonly id: string;
    readonly afterTurn: number;
    readonly requestId: string | null;
  }[] = [];
  active: string | null = null;
  turns = 0;

  commit(): void {
    this.turns += 1;
    this.toClient.push({ type: 'committed' });
    if (!this.active) this.#create(null);
  }

  finish(): void {
    if (!this.active) return;
    this.toClient.push({ type: 'done', id: this.active });
    this.active = null;
  }

  receive(): void {
    const message = this.toServer.shift();
    if (!message) return;
    const { requestId } = message;
    if (message.type === 'respond') {
      if (!this.active) return this.#create(requestId);
      this.toClient.push({ type: 'error', requestId, code: 'conversation_already_has_active_response' });
    } else if (message.responseId === this.active) this.finish();
    else this.toClient.push({ type: 'error', requestId, code: 'response_cancel_not_active' });
  }

  #create(requestId: string | null): void {
    const id = `response-${this.responses.length + 1}`;
    this.responses.push({ id, afterTurn: this.turns, requestId });
    this.active = id;
    this.toClient.push({ type: 'created', id });
  }
}

class Conversation {
  readonly server = new SlowServer();
  readonly turns: ModelTurns;
  /** The request for a response that is neither created nor refused as far as the client can know. */
  inFlight: string | null = null;
  /** What the client had to heed last. */
  lastAsked: 'cut' | 'turn' | 'want' | null = null;
  /** Created and not over, as the client sees it. */
  known: string | null = null;
  mustBeCut = new Set<string>();
  cutWhenCreated = new Set<string>();
  requests = 0;
  /** Functions that the model has called and that have not answered. */
  running = 0;

  constructor() {
    this.turns = new ModelTurns(
      (request) => {
        this.requests += 1;
        const requestId = `request-${this.requests}`;
        if (request.type === 'respond') {
          expect(this.inFlight).toBeNull();
          expect(this.known).toBeNull();
          expect(this.running).toBe(0);
          this.inFlight = requestId;
          this.server.toServer.push({ type: 'respond', requestId });
        } else {
          this.server.toServer.push({ type: 'cancel', requestId, responseId: request.responseId });
        }
        return requestId;
      },
      () => this.running > 0,
    );
  }

  call(): void {
    if (this.known) this.running += 1;
  }

  answer(): void {
    if (this.running === 0) return;
    this.running -= 1;
    if (this.running === 0) this.want();
  }

  cut(): void {
    if (this.known) this.mustBeCut.add(this.known);
    if (this.inFlight) this.cutWhenCreated.add(this.inFlight);
    this.lastAsked = 'cut';
    this.turns.cut();
  }

  want(): void {
    this.lastAsked = 'want';
    this.turns.want();
  }

  hear(): void {
    const message = this.server.toClient.shift();
    if (!message) return;
    switch (message.type) {
      case 'committed':
        this.lastAsked = 'turn';
        return this.turns.onTurnCommitted();
      case 'created':
        return this.#onCreated(message.id);
      case 'done':
        if (this.known === message.id) this.known = null;
        return this.turns.onResponseDone(message.id);
      case 'error':
        if (message.requestId === this.inFlight) this.inFlight = null;
        this.cutWhenCreated.delete(message.requestId);
        expect(this.turns.onError(message.requestId, message.code)).toBe('known');
    }
  }

  /** Everything that is on its way arrives, and the model says what it has to say. */
  drain(): void {
    this.turns.callerIsDone();
    while (this.running > 0) this.answer();
    for (let step = 0; step < 1000; step += 1) {
      while (this.server.toServer.length > 0) this.server.receive();
      while (this.server.toClient.length > 0) this.hear();
      if (this.server.toServer.length > 0) continue;
      if (!this.server.active) return;
      this.server.finish();
    }
    throw new Error('The conversation does not come to rest');
  }

  #onCreated(id: string): void {
    this.known = id;
    const made = this.server.responses.find((response) => response.id === id);
    if (made?.requestId && made.requestId === this.inFlight) {
      this.inFlight = null;
      if (this.cutWhenCreated.has(made.requestId)) this.mustBeCut.add(id);
    }
    this.turns.onResponseCreated(id);
  }
}

type Act = (conversation: Conversation) => void;
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Act>(({ server }) => server.receive()) },
  { weight: 6, arbitrary: fc.constant<Act>((conversation) => conversation.hear()) },
  { weight: 3, arbitrary: fc.constant<Act>(({ server }) => server.commit()) },
  { weight: 3, arbitrary: fc.constant<Act>(({ server }) => server.finish()) },
  { weight: 3, arbitrary: fc.constant<Act>((conversation) => conversation.want()) },
  { weight: 3, arbitrary: fc.constant<Act>((conversation) => conversation.cut()) },
  { weight: 2, arbitrary: fc.constant<Act>((conversation) => conversation.call()) },
  { weight: 2, arbitrary: fc.constant<Act>((conversation) => conversation.answer()) },
  { weight: 2, arbitrary: fc.constant<Act>(({ turns }) => turns.callerSpeaks()) },
  { weight: 2, arbitrary: fc.constant<Act>(({ turns }) => turns.callerIsDone()) },
);

it('never are two in flight, every turn is answered or superseded, and none is heard after it was cut', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const conversation = new Conversation();
      for (const happen of acts) {
        happen(conversation);
        for (const id of conversation.mustBeCut) expect(conversation.turns.isCut(id)).toBe(true);
      }
      const { server, turns } = conversation;
      // What the caller says last, when all is quiet, is always answered.
      conversation.drain();
      const answeredBefore = server.responses.length;
      const superseded = conversation.lastAsked === 'cut';
      const isAnswered = server.responses.some(
        ({ id, afterTurn }) => afterTurn === server.turns && !turns.isCut(id),
      );
      if (server.turns > 0 && !superseded) expect(isAnswered).toBe(true);
      expect(turns.isBusy).toBe(false);
      expect(turns.isAwaitingServer).toBe(false);
      server.commit();
      conversation.drain();
      expect(server.responses.length).toBe(answeredBefore + 1);
      expect(turns.isCut(server.responses.at(-1)?.id ?? '')).toBe(false);
    }),
    { numRuns: runs(5000) },
  );
});

it('a wish is met once, whatever it meets on its way', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const conversation = new Conversation();
      for (const happen of acts) happen(conversation);
      conversation.drain();
      const before = conversation.server.responses.length;
      conversation.want();
      conversation.drain();
      expect(conversation.server.responses.length).toBe(before + 1);
    }),
    { numRuns: runs(2000) },
  );
});

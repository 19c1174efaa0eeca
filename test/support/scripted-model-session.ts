import type {
  ModelEvent,
  ModelFault,
  ModelListener,
  ModelRequest,
  ModelSession,
} from '../../src/agents/realtime/model.js';

/** A model that does what the test says, in the shape in which an agent knows it: no socket, no server. */
export class ScriptedModelSession implements ModelSession {
  readonly isReady = true;
  readonly sent: ModelRequest[] = [];
  heardBytes = 0;
  isClosed = false;
  /** Why it was closed, where that was said. */
  closedAs: 'unanswered' | undefined;
  #listener: ModelListener | null = null;
  #responses = 0;
  #items = 0;
  #calls = 0;

  listen(listener: ModelListener): void {
    this.#listener = listener;
  }

  pushAudio(frame: Buffer): void {
    this.heardBytes += frame.length;
  }

  send(request: ModelRequest): string {
    return `request-${this.sent.push(request)}`;
  }

  close(why?: 'unanswered'): void {
    this.isClosed = true;
    this.closedAs = why;
  }

  /** Of one kind, in the order sent. */
  of<Type extends ModelRequest['type']>(type: Type): Extract<ModelRequest, { type: Type }>[] {
    return this.sent.filter(
      (request): request is Extract<ModelRequest, { type: Type }> => request.type === type,
    );
  }

  tell(event: ModelEvent): void {
    this.#listener?.onEvent(event);
  }

  end(fault: ModelFault): void {
    this.#listener?.onEnd(fault);
  }

  tellBatch(nextMs: number): void {
    this.#listener?.onBatch?.(nextMs);
  }

  ready(): void {
    this.#listener?.onReady();
  }

  /** A turn of the caller, with its words if they are given. Returns its item. */
  hears(words?: string): string {
    const itemId = `turn-${++this.#items}`;
    this.tell({ type: 'turn_committed', itemId });
    if (words !== undefined) this.tell({ type: 'caller_words', itemId, text: words });
    return itemId;
  }

  begins(): string {
    const responseId = `response-${++this.#responses}`;
    this.tell({ type: 'response_created', responseId });
    return responseId;
  }

  /** An item of a response with so much audio. Returns the item. */
  speaks(responseId: string, text: string, ms = 1000): string {
    const itemId = `item-${++this.#items}`;
    for (let left = ms * 8; left > 0; left -= 1600)
      this.tell({ type: 'audio', responseId, itemId, audio: Buffer.alloc(Math.min(1600, left), 0x2a) });
    this.tell({ type: 'words_done', responseId, itemId, text });
    return itemId;
  }

  calls(responseId: string, name: string, args: unknown = {}): string {
    const callId = `call-${++this.#calls}`;
    const itemId = `item-${++this.#items}`;
    const text = JSON.stringify(args);
    this.tell({ type: 'function_call', responseId, itemId, callId, name, arguments: text });
    return callId;
  }

  completes(responseId: string, status: 'completed' | 'cancelled' | 'incomplete' = 'completed'): void {
    this.tell({ type: 'response_done', responseId, status, reason: null, usage: null });
  }

  fails(responseId: string, code: string): void {
    this.tell({ type: 'response_done', responseId, status: 'failed', reason: code, usage: null });
  }

  /** A whole response to what was asked for or said last. */
  answers(text: string, ms?: number): void {
    const responseId = this.begins();
    this.speaks(responseId, text, ms);
    this.completes(responseId);
  }
}

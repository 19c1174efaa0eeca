import type { Heard } from '../script/script-rules.js';

/** What a response has to go on, of what has come to the model. */
export type Unanswered = Pick<Heard, 'turns' | 'outputs' | 'items'>;

const NOTHING: Unanswered = { turns: [], outputs: [], items: [] };

/**
 * What has come to the model and has no answer yet, oldest first. The conversation of a real model keeps it all: a response that ended
 * before it said anything, or whose items were all deleted, has answered nothing.
 */
export class UnansweredInput {
  #waiting = NOTHING;
  /** What the latest answer answered, and those items of the answer that are still in the conversation. */
  #answered: { readonly input: Unanswered; readonly itemIds: Set<string> } | null = null;

  add(input: Partial<Unanswered>): void {
    this.#waiting = joined(this.#waiting, { ...NOTHING, ...input });
  }

  /** A response begins with all of it. */
  take(): Unanswered {
    const input = this.#waiting;
    this.#waiting = NOTHING;
    return input;
  }

  /** The response to it is over without an answer: the next one has it again, before what came meanwhile. */
  putBack(input: Unanswered): void {
    this.#waiting = joined(input, this.#waiting);
  }

  /** The response to it is over, and these are the items of its answer. */
  answered(input: Unanswered, itemIds: readonly string[]): void {
    this.#answered = { input, itemIds: new Set(itemIds) };
  }

  /** An item has gone out of the conversation. */
  deleted(itemId: string): void {
    if (!this.#answered?.itemIds.delete(itemId) || this.#answered.itemIds.size > 0) return;
    this.putBack(this.#answered.input);
    this.#answered = null;
  }
}

function joined(first: Unanswered, then: Unanswered): Unanswered {
  return {
    turns: [...first.turns, ...then.turns],
    outputs: [...first.outputs, ...then.outputs],
    items: [...first.items, ...then.items],
  };
}

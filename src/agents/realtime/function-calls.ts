import { BoundedMap } from '../../core/bounded-map.js';
import { parsedJson } from '../../core/json.js';
import type { FunctionCall } from './model.js';
import { FinishedItem, type WireOutputItem } from './server-events.js';

interface BegunCall {
  readonly responseId: string;
  readonly itemId: string;
  readonly callId: string | null;
  readonly name: string | null;
  /** Null: not all of them are there. */
  readonly arguments: string | null;
}

const MOST_BEGUN = 64;
const MOST_TOLD = 1000;

/**
 * The functions that the model calls, each told once and only when it is whole. A call that was interrupted has events too, with half its
 * arguments: `output_item.done` tells with its status which it is; where a server has neither, its response's end does.
 */
export class FunctionCalls {
  readonly #begun = new Map<string, BegunCall>();
  readonly #told = new BoundedMap<string, true>(MOST_TOLD);

  /** `response.output_item.added`, and `.function_call_arguments.done`. Keeps what is known of it. */
  note(
    responseId: string,
    itemId: string,
    known: Partial<Pick<WireOutputItem, 'call_id' | 'name' | 'arguments'>>,
  ): void {
    const before = this.#begun.get(itemId);
    if (!before && this.#begun.size >= MOST_BEGUN) return;
    this.#begun.set(itemId, {
      responseId,
      itemId,
      callId: known.call_id ?? before?.callId ?? null,
      name: known.name ?? before?.name ?? null,
      arguments: known.arguments ?? before?.arguments ?? null,
    });
  }

  /** `response.output_item.done`. */
  itemDone(responseId: string, itemId: string, item: WireOutputItem): FunctionCall[] {
    const { status } = item;
    const isInterrupted = status !== 'completed' && status !== null && status !== undefined;
    if (isInterrupted) {
      this.#begun.delete(itemId);
      return [];
    }
    this.note(responseId, itemId, item);
    const call = this.#begun.get(itemId);
    const isWhole = status === 'completed' || parsedJson(call?.arguments ?? '') !== undefined;
    return call && isWhole ? this.#tell({ ...call, arguments: call.arguments ?? '' }) : [];
  }

  /** `response.done`: what was not told is, if the response came to its end. `output`: all that it made, where the server says so. */
  responseDone(responseId: string, isCompleted: boolean, output: readonly unknown[]): FunctionCall[] {
    const waiting = [...this.#begun.values()].filter((call) => call.responseId === responseId);
    const calls = isCompleted
      ? [...waiting, ...output.flatMap((item) => finishedCall(responseId, item))]
      : [];
    const told = calls.flatMap((call) => this.#tell(call));
    for (const { itemId } of waiting) this.#begun.delete(itemId);
    return told;
  }

  #tell({ responseId, itemId, callId, name, arguments: given }: BegunCall): FunctionCall[] {
    const id = callId ?? itemId;
    if (name === null || given === null) return [];
    this.#begun.delete(itemId);
    if (this.#told.has(id)) return [];
    this.#told.set(id, true);
    return [{ type: 'function_call', responseId, itemId, callId: id, name, arguments: given }];
  }
}

function finishedCall(responseId: string, item: unknown): BegunCall[] {
  const { data } = FinishedItem.safeParse(item);
  if (data?.type !== 'function_call' || data.status !== 'completed') return [];
  const { call_id: callId = null, name = null, arguments: given = null } = data;
  const itemId = data.id ?? callId;
  return itemId === null ? [] : [{ responseId, itemId, callId, name, arguments: given }];
}

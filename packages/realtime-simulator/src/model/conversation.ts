import type { Profile } from '../profiles.js';
import type { Send, WireItem } from '../protocol/wire.js';

export interface StoredItem {
  readonly id: string;
  wire: WireItem;
  /** Of the model's items alone: how much audio was sent. `null`: it has none that could be truncated. */
  audioMs: number | null;
}

/** The items of a session in their order. */
export class Conversation {
  readonly #profile: Profile;
  readonly #send: Send;
  readonly #items: StoredItem[] = [];
  #unannounced = 0;

  constructor(profile: Profile, send: Send) {
    this.#profile = profile;
    this.#send = send;
  }

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null;
  }

  find(id: string): StoredItem | null {
    return this.#items.find((item) => item.id === id) ?? null;
  }

  /** The call that an output answers, and whether it has one already. */
  findCall(callId: string): { name: string; answered: boolean } | null {
    const wires = this.#items.map(({ wire }) => wire);
    const call = wires.find((wire) => wire.type === 'function_call' && wire.call_id === callId);
    if (call?.type !== 'function_call') return null;
    const answered = wires.some((wire) => wire.type === 'function_call_output' && wire.call_id === callId);
    return { name: call.name, answered };
  }

  /** `after`: an id, `root`, or `null` for the end. An `after` that is not there counts as the end. */
  insert(item: StoredItem, after: string | null = null): void {
    const at = this.#items.findIndex(({ id }) => id === after);
    if (after === 'root') this.#items.unshift(item);
    else this.#items.splice(at < 0 ? this.#items.length : at + 1, 0, item);
  }

  delete(id: string): boolean {
    const at = this.#items.findIndex((item) => item.id === id);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  announceAdded(item: StoredItem): void {
    const type =
      this.#profile.itemEvents === 'added' ? 'conversation.item.added' : 'conversation.item.created';
    this.#send({ type, item: item.wire, previous_item_id: this.previousId(item.id) });
  }

  announceDone(item: StoredItem): void {
    if (this.#profile.itemEvents !== 'added') return;
    this.#send({
      type: 'conversation.item.done',
      item: item.wire,
      previous_item_id: this.previousId(item.id),
    });
  }

  /** What the events call the predecessor of an item. */
  previousId(id: string): string | null {
    const at = this.#items.findIndex((item) => item.id === id);
    const previous = this.#items[(at < 0 ? this.#items.length : at) - 1]?.id ?? null;
    if (previous === null || this.#profile.predecessors === 'announced') return previous;
    this.#unannounced++;
    return `item_unannounced_${this.#unannounced}`;
  }
}

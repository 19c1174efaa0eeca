import { isJsonObject } from '../json.js';
import type { Profile } from '../profiles.js';
import { type ClientEvent, isConversationItem } from '../protocol/client-events.js';
import type { Ids } from '../protocol/ids.js';
import type { WireItem } from '../protocol/wire.js';
import type { Conversation, StoredItem } from './conversation.js';
import type { SessionLink } from './link.js';
import type { Responder } from './responder.js';

export interface ItemsContext {
  readonly link: SessionLink;
  readonly ids: Ids;
  readonly profile: Profile;
  readonly conversation: Conversation;
  readonly responder: Responder;
}

/** What clients do with items: create, retrieve, delete, truncate. */
export class ItemRequests {
  readonly #context: ItemsContext;

  constructor(context: ItemsContext) {
    this.#context = context;
  }

  create(event: ClientEvent): void {
    const { ids, conversation } = this.#context;
    const { item: given, previous_item_id: after = null } = event;
    if (!isConversationItem(given)) return;
    if (typeof after === 'string' && after !== 'root' && !conversation.find(after))
      return this.#refuse(
        event,
        'item_not_found',
        `Previous item with id '${after}' not found.`,
        'previous_item_id',
      );
    const id = given.id ?? ids.next('item');
    if (conversation.find(id))
      return this.#refuse(event, 'item_already_exists', `An item with id '${id}' exists already.`, 'item.id');
    if (given.type === 'function_call_output' && !this.#takeOutput(event, given.call_id, given.output))
      return;
    const item: StoredItem = { id, wire: { ...given, id }, audioMs: null };
    conversation.insert(item, typeof after === 'string' ? after : null);
    conversation.announceAdded(item);
    conversation.announceDone(item);
    if (given.type !== 'function_call_output') this.#context.responder.hearItem(textOf(given));
  }

  retrieve(event: ClientEvent): void {
    const item = this.#find(event);
    if (item) this.#context.link.send({ type: 'conversation.item.retrieved', item: item.wire });
  }

  delete(event: ClientEvent): void {
    const item = this.#find(event);
    if (!item) return;
    this.#context.conversation.delete(item.id);
    this.#context.responder.forget(item.id);
    this.#context.link.send({ type: 'conversation.item.deleted', item_id: item.id });
  }

  truncate(event: ClientEvent): void {
    const { link, profile } = this.#context;
    const item = this.#find(event);
    const { audio_end_ms: endMs } = event;
    if (!item || typeof endMs !== 'number') return;
    if (profile.truncation === 'ignored') return;
    if (item.audioMs === null) {
      const message = 'Only model output audio messages can be truncated.';
      return this.#refuse(event, 'invalid_value', message, 'item_id');
    }
    if (endMs > item.audioMs) {
      const message = `Audio content of ${Math.floor(item.audioMs)}ms is already shorter than ${endMs}ms`;
      return this.#refuse(event, 'invalid_value', message, 'audio_end_ms');
    }
    if (endMs === 0 && !profile.truncatesToZero) {
      // Whether servers refuse this is not settled: a client that tries it does nothing wrong.
      const message = "Invalid value for 'audio_end_ms': 0. Delete the item instead.";
      return link.error({ code: 'invalid_value', message, param: 'audio_end_ms' }, event);
    }
    item.audioMs = endMs;
    // The words of what was cut are not known: the server forgets them all.
    const { wire, id } = item;
    if (wire.type === 'message' && wire.role === 'assistant')
      item.wire = { ...wire, content: [{ type: 'output_audio' }] };
    link.send({ type: 'conversation.item.truncated', item_id: id, content_index: 0, audio_end_ms: endMs });
  }

  #takeOutput(event: ClientEvent, callId: string, output: string): boolean {
    const call = this.#context.conversation.findCall(callId);
    if (call?.answered)
      this.#context.link.breach(
        'second_function_output',
        `The call '${callId}' has an output already`,
        event,
      );
    if (call) this.#context.responder.hearOutput(call.name, output);
    else
      this.#refuse(
        event,
        'invalid_tool_call_id',
        `Tool call ID '${callId}' not found in conversation.`,
        'item.call_id',
      );
    return call !== null;
  }

  #find(event: ClientEvent): StoredItem | null {
    const { item_id: id } = event;
    const item = this.#context.conversation.find(String(id));
    if (!item) this.#refuse(event, 'item_not_found', `Item with item_id '${id}' not found.`, 'item_id');
    return item;
  }

  #refuse(event: ClientEvent, code: string, message: string, param: string): void {
    this.#context.link.error({ code, message, param }, event);
    this.#context.link.breach(code, message, event);
  }
}

function textOf(item: WireItem): string {
  if (item.type !== 'message') return '';
  return item.content
    .map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join(' ');
}

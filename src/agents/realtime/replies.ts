import type { Speak } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';
import type { ModelEvent, ModelRequest } from './model.js';
import { ReplyItem } from './reply-item.js';

interface RepliesOptions {
  readonly control: Pick<CallControl, 'open' | 'say' | 'inBackground'>;
  readonly speak: Speak;
  readonly send: (request: Extract<ModelRequest, { type: 'truncate' | 'delete_item' | 'add_text' }>) => void;
  /** The first audio of a response is here. */
  readonly onFirstAudio: () => void;
  /** All that was to be said of the replies has been heard, or was cut off. */
  readonly onQuiet: (heard: Heard) => void;
  /**
   * A response is over, and it is known what becomes of it: it plays, or waits to; one that is held tells so when it is let go. `items`: those that
   * say something. `isCut`: no more of it than was heard, and those of which something was.
   */
  readonly onReply: (responseId: string, items: readonly ReplyItem[], isCut: boolean) => void;
}

type OutputEvent = Extract<ModelEvent, { type: 'audio' | 'words' | 'words_done' }>;

interface Reply {
  readonly items: ReplyItem[];
  isDone: boolean;
  hasAudio: boolean;
  /** What was held of it is never played. */
  isDropped: boolean;
}

/**
 * What the model says on one call: each item an utterance, in order. Of what was cut off the model is told what was heard; what nobody
 * heard is taken out of its conversation. While it is held nothing begins to be played.
 */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #replies = new Map<string, Reply>();
  /** Items that are being played or wait for it. */
  #playing = 0;
  #isHeld = false;
  /** Items that were heard, to their end or in part; and how many when the caller had the last turn. */
  #heard = 0;
  #heardBefore = 0;
  #answers = 0;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** Nothing of the model is being played, or waits to be. */
  get isQuiet(): boolean {
    return this.#playing === 0;
  }

  /** How many turns of the caller came after something of the model was heard: no other can be an answer to it. */
  get answers(): number {
    return this.#answers;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The caller has said or keyed something. */
  onCallerTurn(): void {
    if (!this.isQuiet || this.#heard > this.#heardBefore) this.#answers += 1;
    this.#heardBefore = this.#heard;
  }

  /** Audio or words of a response. `isCut`: nothing more of it is to be heard; words still tell what was. */
  on(event: OutputEvent, isCut: boolean): void {
    if (isCut) return this.#onLate(event);
    const reply = this.#replyOf(event.responseId);
    const item = this.#itemOf(reply, event.itemId);
    if (event.type !== 'audio') return tellWords(item, event);
    if (!reply.hasAudio) this.#options.onFirstAudio();
    reply.hasAudio = true;
    item.push(event.audio);
  }

  /** Nothing more comes of a response. Returns whether it says something. `isCut`: nothing more of it is to be heard. */
  done(responseId: string, isCut: boolean): boolean {
    const reply = this.#replyOf(responseId);
    reply.isDone = true;
    if (isCut || reply.isDropped) this.#drop(responseId, reply);
    else {
      for (const item of reply.items) item.end();
      if (!this.#isHeld) this.#tell(responseId, reply);
    }
    return reply.items.some((item) => !item.isSilent);
  }

  /** This response is over, and held. */
  isWaiting(responseId: string): boolean {
    return this.#replies.get(responseId)?.isDone === true;
  }

  /** What comes from now on is not played until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** What was held is played. */
  release(): void {
    this.#isHeld = false;
    for (const [responseId, reply] of [...this.#replies]) {
      if (reply.isDropped) continue;
      for (const item of reply.items) item.release();
      if (reply.isDone) this.#tell(responseId, reply);
    }
  }

  /** What was held is never played; of a response that is still under way, which is cut, its end tells the rest. */
  discard(): void {
    this.#isHeld = false;
    for (const [responseId, reply] of [...this.#replies]) {
      reply.isDropped = true;
      if (reply.isDone) this.#drop(responseId, reply);
    }
  }

  #tell(responseId: string, { items }: Reply): void {
    this.#replies.delete(responseId);
    const spoken = items.filter((item) => !item.isSilent);
    this.#options.onReply(responseId, spoken, false);
  }

  #drop(responseId: string, { items }: Reply): void {
    this.#replies.delete(responseId);
    for (const item of items) if (!item.isPlayed) this.#forget(item);
    const played = items.filter((item) => item.isPlayed);
    for (const item of played) item.end();
    this.#options.onReply(responseId, played, true);
  }

  #onLate(event: OutputEvent): void {
    const item = this.#replies.get(event.responseId)?.items.find(({ itemId }) => itemId === event.itemId);
    if (item && event.type !== 'audio') tellWords(item, event);
  }

  #replyOf(responseId: string): Reply {
    const known = this.#replies.get(responseId);
    if (known) return known;
    const reply = { items: [], isDone: false, hasAudio: false, isDropped: false };
    this.#replies.set(responseId, reply);
    return reply;
  }

  #itemOf({ items }: Reply, itemId: string): ReplyItem {
    const known = items.find((item) => item.itemId === itemId);
    if (known) return known;
    items.at(-1)?.end();
    const { control, speak } = this.#options;
    const item = new ReplyItem(
      {
        itemId,
        control,
        speak,
        onPlayed: () => {
          this.#playing += 1;
        },
        onHeard: (heard) => this.#onHeard(item, heard),
      },
      this.#isHeld,
    );
    items.push(item);
    return item;
  }

  #onHeard(item: ReplyItem, heard: Heard): void {
    this.#playing -= 1;
    if (heard.completed || heard.heardMs > 0) this.#heard += 1;
    if (!heard.completed) this.#tellHeard(item, heard);
    if (this.isQuiet) this.#options.onQuiet(heard);
  }

  // The server refuses a place beyond the audio that it has sent, and one before the first millisecond. An item that is cut loses its
  // words at the server: one that was heard to the end of what came of it is left alone.
  #tellHeard(item: ReplyItem, { heardMs, text }: Heard): void {
    const { itemId, receivedMs } = item;
    const ms = Math.min(Math.floor(heardMs), receivedMs);
    if (item.isEnded && ms > 0 && ms === receivedMs) return;
    const words = item.text && text ? { words: text } : {};
    if (ms > 0) return this.#options.send({ type: 'truncate', itemId, heardMs: ms, ...words });
    this.#forget(item);
    if (receivedMs === 0 && text) this.#options.send({ type: 'add_text', role: 'assistant', text });
  }

  #forget({ itemId }: ReplyItem): void {
    this.#options.send({ type: 'delete_item', itemId });
  }
}

function tellWords(item: ReplyItem, event: Exclude<OutputEvent, { type: 'audio' }>): void {
  if (event.type === 'words') item.addWords(event.delta);
  else item.setWords(event.text);
}

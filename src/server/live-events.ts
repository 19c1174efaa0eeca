import type { CallChange, CallEvent, WordsNow } from '../line/fleet.js';

/** A watcher is told four times a second at most: nobody reads faster, and a caller's words would else be sent letter by letter. */
const EVERY_MS = 250;
/** What is left over follows soon: to write a thousand sessions at once would hold up every call. */
const AT_ONCE = 50;
const FOLLOW_MS = 10;

interface Waiting {
  readonly event: CallChange;
  readonly isFirst: boolean;
}

interface LiveEventsOptions {
  readonly textOf: (event: CallChange) => Buffer;
  /** `isFirst`: the watcher was not told of the call before. */
  readonly write: (text: Buffer, isFirst: boolean) => void;
}

/** The changes of live calls for one watcher: of each call the latest, gathered. */
export class LiveEvents {
  readonly #options: LiveEventsOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #words = new Map<string, WordsNow>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveEventsOptions) {
    this.#options = options;
  }

  add(event: CallEvent, isFirst: boolean): void {
    const callSid = event.type === 'session' ? event.session.call_sid : event.callSid;
    const waiting = this.#waiting.get(callSid);
    if (event.type === 'words') this.#words.set(callSid, event);
    else this.#waiting.set(callSid, { event, isFirst: isFirst || waiting?.isFirst === true });
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#toldAt + EVERY_MS - performance.now()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#words.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    const { textOf, write } = this.#options;
    for (const [callSid, { event, isFirst }] of [...this.#waiting].slice(0, AT_ONCE)) {
      this.#waiting.delete(callSid);
      write(textOf(event), isFirst);
    }
    // Behind the sessions, which tell whether they are part of the history by now.
    if (this.#words.size > 0) write(wordsText([...this.#words.values()]), false);
    this.#words.clear();
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#tell(), FOLLOW_MS);
  }
}

/** What is written of an event, made once for all who are told of it; a session is never changed, but replaced. */
export function eventTexts(): (event: CallChange) => Buffer {
  const made = new WeakMap<object, Buffer>();
  return (event) => {
    const [told, data] =
      event.type === 'session' ? [event.session, event.session] : [event, { call_sid: event.callSid }];
    const text = made.get(told) ?? eventText(event.type, data);
    made.set(told, text);
    return text;
  };
}

function wordsText(all: readonly WordsNow[]): Buffer {
  return eventText('words', {
    words: all.map(({ callSid, text, turns }) => ({ call_sid: callSid, text, turns })),
  });
}

/** One event of a stream of them. */
export function eventText(type: string, data: object): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}

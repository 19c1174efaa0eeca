import { batch, type Signal, signal } from '@preact/signals';
import type { LiveCall, WordsNow } from './answers.js';

/** One place on the Line: a live call, or one that has just ended and keeps its place until the next call needs it. */
export interface LinePlace {
  readonly callSid: string;
  /** The call as it is now; a change of it concerns whoever reads this, and nobody else. */
  readonly call: Signal<LiveCall>;
  /** What its agent was saying when this was told last. */
  readonly words: Signal<WordsNow | null>;
  /** When it ended, in milliseconds since 1970 by the gateway's clock; null while it goes on. */
  readonly endedAt: Signal<number | null>;
}

/** The calls of all gateways, each in a place that it keeps. Places never move while calls come and go. */
export class LiveCalls {
  /** Changes when a call comes or a place is given up, not when a call changes. */
  readonly places = signal<readonly LinePlace[]>([]);
  /** How many calls go on. */
  readonly count = signal(0);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A call as it now is: a new one takes the first place that is free, or one at the end. */
  put(call: LiveCall): void {
    const places = this.places.peek();
    const own = places.find((place) => place.callSid === call.call_sid);
    if (own && own.endedAt.peek() === null) {
      own.call.value = call;
      return;
    }
    batch(() => {
      const place = {
        callSid: call.call_sid,
        call: signal(call),
        words: signal<WordsNow | null>(null),
        endedAt: signal<number | null>(null),
      };
      const free = own ? places.indexOf(own) : places.findIndex(({ endedAt }) => endedAt.peek() !== null);
      this.places.value = free < 0 ? [...places, place] : places.with(free, place);
      this.#recount();
    });
  }

  /** What agents are saying. */
  say(all: readonly WordsNow[]): void {
    batch(() => {
      const places = new Map(this.places.peek().map((place) => [place.callSid, place]));
      for (const words of all) {
        const place = places.get(words.call_sid);
        if (place) place.words.value = words;
      }
    });
  }

  /** The call is over. */
  end(callSid: string): void {
    const place = this.places.peek().find((each) => each.callSid === callSid);
    if (!place || place.endedAt.peek() !== null) return;
    batch(() => {
      place.endedAt.value = this.#now();
      this.#recount();
    });
  }

  /** These are all calls that go on; what else there was is over. */
  replaceAll(calls: readonly LiveCall[]): void {
    batch(() => {
      const sids = new Set(calls.map(({ call_sid }) => call_sid));
      for (const { callSid } of this.places.peek()) if (!sids.has(callSid)) this.end(callSid);
      for (const call of calls) this.put(call);
    });
  }

  /** Gives up places at the end whose calls have been over for so long; others would move if theirs went. */
  forgetEnded(olderThanMs: number): void {
    const before = this.#now() - olderThanMs;
    const places = this.places.peek();
    const last = places.findLastIndex(({ endedAt }) => (endedAt.peek() ?? Number.POSITIVE_INFINITY) > before);
    if (last + 1 < places.length) this.places.value = places.slice(0, last + 1);
  }

  /** The calls that go on. */
  get calls(): readonly LiveCall[] {
    return this.places
      .peek()
      .filter(({ endedAt }) => endedAt.peek() === null)
      .map(({ call }) => call.peek());
  }

  #recount(): void {
    this.count.value = this.places.peek().filter(({ endedAt }) => endedAt.peek() === null).length;
  }
}

/** What the agent of a call is saying and no turn has yet; empty when it says nothing. Reads what it depends on. */
export function sayingNow({ call, words, endedAt }: LinePlace): string {
  const [told, { speaking, conversation_history }] = [words.value, call.value];
  if (!told || !speaking || endedAt.value !== null) return '';
  const turns = conversation_history.filter(({ role }) => role === 'assistant').length;
  return told.turns === turns ? told.text : '';
}

import type { RegisteredCall } from '../calls/call-dependencies.js';
import type { Turn } from '../sessions/session.js';
import type { WordsNow } from './fleet.js';

/** Nobody reads faster. */
const EVERY_MS = 250;

type Call = Pick<RegisteredCall, 'session' | 'wordsNow'>;
type Watcher = (words: WordsNow) => void;

/** Looks while somebody watches how far the agents of live calls have come with what they say, and tells what is new. */
export class WordsWatch {
  readonly #calls: () => Iterable<readonly [callSid: string, call: Call]>;
  readonly #watchers = new Set<Watcher>();
  /** What was told last, by call. */
  #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(calls: () => Iterable<readonly [callSid: string, call: Call]>) {
    this.#calls = calls;
  }

  /** Returns the function that ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.#look(), EVERY_MS).unref();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#told.clear();
    };
  }

  #look(): void {
    const told = new Map<string, string>();
    for (const [callSid, { session, wordsNow }] of this.#calls()) {
      const text = session?.data.speaking ? wordsNow() : '';
      if (!session || text === '') continue;
      const turns = turnsOfAgent(session.data.conversation_history);
      const isNew = this.#told.get(callSid) !== `${turns} ${text}`;
      told.set(callSid, `${turns} ${text}`);
      if (isNew) for (const watcher of this.#watchers) watcher({ callSid, text, turns });
    }
    this.#told = told;
  }
}

function turnsOfAgent(history: readonly Turn[]): number {
  let turns = 0;
  for (const { role } of history) if (role === 'assistant') turns += 1;
  return turns;
}

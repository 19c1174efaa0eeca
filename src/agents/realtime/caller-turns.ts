import { BoundedMap } from '../../core/bounded-map.js';
import type { Turn } from '../../sessions/session.js';
import type { CallControl } from '../agent.js';

/** What the history holds of a turn as long as nobody has written down its words. */
const UNWRITTEN = '[speech]';
/** In characters; a turn ends with the first pause. */
const LONGEST_TURN = 4000;
/** Words of an older turn do not come any more. */
const MAX_TURNS = 32;

interface CallerTurn {
  /** When it began (monotonic ms). */
  readonly beganAt: number;
  turn: Turn | null;
}

/** What the caller said, as the model's server tells it: in the history at the time at which it was said, though its words come later or grow. */
export class CallerTurns {
  readonly #session: Pick<CallControl['session'], 'addTurn' | 'replaceTurn' | 'timeAt'>;
  readonly #turns = new BoundedMap<string, CallerTurn>(MAX_TURNS);
  /** When the caller began to speak last, as far as is known, and has not been told of as a turn. */
  #beganAt: number | null = null;

  constructor(session: Pick<CallControl['session'], 'addTurn' | 'replaceTurn' | 'timeAt'>) {
    this.#session = session;
  }

  /** The caller has been speaking for so many ms. `itemId`: null when the server does not say. */
  began(forMs: number, itemId: string | null = null): void {
    const beganAt = performance.now() - Math.max(0, forMs);
    if (itemId === null) this.#beganAt ??= beganAt;
    else this.#of(itemId, beganAt);
  }

  committed(itemId: string): void {
    const said = this.#of(itemId);
    if (!said.turn) this.#write(said, UNWRITTEN);
  }

  /** All words of a turn so far. */
  words(itemId: string, text: string): void {
    const words = text.trim().slice(0, LONGEST_TURN);
    if (words) this.#write(this.#of(itemId), words);
  }

  #of(itemId: string, beganAt = this.#beganAt ?? performance.now()): CallerTurn {
    const known = this.#turns.get(itemId);
    if (known) return known;
    const said = { beganAt, turn: null };
    this.#beganAt = null;
    this.#turns.set(itemId, said);
    return said;
  }

  #write(said: CallerTurn, content: string): void {
    const turn: Turn = { role: 'user', content, timestamp: this.#session.timeAt(said.beganAt) };
    if (said.turn?.content === content) return;
    if (said.turn) this.#session.replaceTurn(said.turn, turn);
    else this.#session.addTurn(turn);
    said.turn = turn;
  }
}

import type { Sayable, SpokenPiece } from '../agents/agent.js';

/** The sentences of one utterance: those handed over to be played and those that are to follow. */
export class Sentences {
  readonly #all: Sayable[];
  readonly #planned: boolean;
  /** How many of them have had their turn. */
  #taken = 0;
  /** Where each handed-over sentence with words stands among all. */
  readonly #spoken: number[] = [];

  /** `planned`: what is to be said, in order; empty for an utterance whose sentences come as they are made. */
  constructor(planned: readonly Sayable[]) {
    this.#all = [...planned];
    this.#planned = planned.length > 0;
  }

  /** The next planned sentence has its turn: it is handed over now, or there was nothing to say. */
  next(): void {
    this.#taken += 1;
  }

  /** A sentence is handed over. Audio without words (an echo) cannot be said again, and is not kept. */
  push(piece: SpokenPiece): void {
    if (!piece.text) return;
    if (this.#planned) this.#spoken.push(this.#taken - 1);
    else this.#spoken.push(this.#all.push(piece) - 1);
  }

  /** A sentence with words comes between them that is none of them: it is never said again. */
  interject(): void {
    this.#spoken.push(this.#following);
  }

  /** What was not heard to its end, when `heard` of the sentences with words were; those still to be made among them. */
  after(heard: number): readonly Sayable[] {
    return this.#all.slice(this.#spoken[heard] ?? this.#following);
  }

  get #following(): number {
    return this.#planned ? this.#taken : this.#all.length;
  }
}

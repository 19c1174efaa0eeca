/** Pauses end some at a time: a timer for each would cost more than they save. */
const TURN_MS = 5;

interface Paused {
  /** The turn is there in which its pause may end. */
  onTurn(turn: number): void;
}

/** When connections that are not read for a while are read again. */
export class ReadPauses {
  /** By turn. Those whose pause has ended before stay in their place. */
  readonly #ending = new Map<number, Paused[]>();
  #timer: NodeJS.Timeout | undefined;

  /** Returns the turn in which `paused` is told: `ms` from now, or up to 5 ms later. */
  add(paused: Paused, ms: number): number {
    const turn = Math.ceil((performance.now() + ms) / TURN_MS);
    const ending = this.#ending.get(turn);
    if (ending) ending.push(paused);
    else this.#ending.set(turn, [paused]);
    this.#timer ??= setInterval(() => this.#look(), TURN_MS);
    return turn;
  }

  #look(): void {
    const now = performance.now() / TURN_MS;
    for (const [turn, ending] of this.#ending) {
      if (turn > now) continue;
      this.#ending.delete(turn);
      for (const paused of ending) paused.onTurn(turn);
    }
    if (this.#ending.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

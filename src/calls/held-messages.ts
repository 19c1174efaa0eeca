/** Two seconds of frames: what a caller may say or press while a session is fetched. */
const MAX_HELD = 100;

/** What came while nobody could listen yet, in order, bounded. */
export class HeldMessages {
  readonly #held: (() => void)[] = [];
  readonly #onTooMany: () => void;

  /** `onTooMany`: called for each message that finds no room and is dropped. */
  constructor(onTooMany: () => void) {
    this.#onTooMany = onTooMany;
  }

  hold(deliver: () => void): void {
    if (this.#held.length < MAX_HELD) this.#held.push(deliver);
    else this.#onTooMany();
  }

  deliverAll(): void {
    for (const deliver of this.#held.splice(0)) deliver();
  }

  forget(): void {
    this.#held.length = 0;
  }
}

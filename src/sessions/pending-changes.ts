import type { Session } from './session.js';

/** What one attempt at writing carries. */
export interface Changes {
  readonly whole: boolean;
  /** The session may be gone from the store: an update, even of no field, tells. */
  readonly doubtful: boolean;
  readonly fields: readonly (keyof Session)[];
}

/** What of a live session is still to be written. Begins with all of it. */
export class PendingChanges {
  readonly #fields = new Set<keyof Session>();
  #whole = true;
  #doubtful = false;

  get isEmpty(): boolean {
    return !this.#whole && !this.#doubtful && this.#fields.size === 0;
  }

  add({ whole = false, doubtful = false, fields = [] }: Partial<Changes>): void {
    this.#whole ||= whole;
    this.#doubtful ||= doubtful;
    for (const field of fields) this.#fields.add(field);
  }

  /** Hands all of it over; what fails is added again. */
  take(): Changes {
    const changes = { whole: this.#whole, doubtful: this.#doubtful, fields: [...this.#fields] };
    this.#whole = false;
    this.#doubtful = false;
    this.#fields.clear();
    return changes;
  }
}

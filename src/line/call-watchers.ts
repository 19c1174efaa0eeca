import type { Session } from '../sessions/session.js';

/** A change of a live call, for whoever watches (`/api/live`). */
export type CallEvent =
  | { readonly type: 'session'; readonly session: Session }
  | { readonly type: 'ended'; readonly callSid: string };

/** Who watches the calls of this process. */
export class CallWatchers {
  readonly #watchers = new Set<(event: CallEvent) => void>();

  /** Returns the function that ends the watching. */
  add(watcher: (event: CallEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  tell(event: CallEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}

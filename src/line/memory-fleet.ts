import type { CallWatcher, Fleet, FleetAnswer, FleetMember, LiveList } from './fleet.js';
import { FleetView, NOBODY } from './fleet-view.js';

/** The fleet of a gateway without Redis: it is the only one. */
export class MemoryFleet implements Fleet {
  #view = new FleetView('', NOBODY);

  join(self: FleetMember): void {
    this.#view = new FleetView('', self);
    self.watch((event) => this.#view.ours(event));
  }

  liveChanged(): void {}

  async liveCalls(): Promise<LiveList> {
    return { sessions: this.#view.own, isPartial: false };
  }

  watch(watcher: CallWatcher): () => void {
    return this.#view.watch(watcher);
  }

  async ask(): Promise<FleetAnswer> {
    return 'gone';
  }

  async close(): Promise<void> {}
}

import { BoundedMap } from '../core/bounded-map.js';
import { KEPT_MS, type OpenTimesCache, type ServiceDay } from './open-times-cache.js';

/** Open times in this process. Bounded: what was not written lately goes first. */
export class MemoryOpenTimesCache implements OpenTimesCache {
  readonly #entries = new BoundedMap<string, { readonly text: string; readonly expiresAt: number }>();

  async read(days: readonly ServiceDay[]): Promise<readonly (string | null)[]> {
    const now = performance.now();
    return days.map((each) => {
      const entry = this.#entries.get(keyOf(each));
      return entry && entry.expiresAt > now ? entry.text : null;
    });
  }

  async write(entries: readonly (ServiceDay & { readonly text: string })[]): Promise<void> {
    const expiresAt = performance.now() + KEPT_MS;
    for (const { text, ...day } of entries) this.#entries.set(keyOf(day), { text, expiresAt });
  }
}

function keyOf({ serviceType, day }: ServiceDay): string {
  return `${serviceType}:${day}`;
}

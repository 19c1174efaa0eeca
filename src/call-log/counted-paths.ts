/** So many calls passed these states and ended so. */
export interface CountedPath {
  /** The names of the states, in their order; `[]` where none is known. */
  readonly states: readonly string[];
  /** Whether the call ended without anything having come of it. */
  readonly isUnfinished: boolean;
  readonly calls: number;
}

/** So often a call went on from one state to the next. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface DropOff {
  readonly state: string;
  /** How many calls came to this state. */
  readonly reached: number;
  /** How many of them ended in it without an outcome. */
  readonly calls: number;
  /** The second by the first. */
  readonly share: number;
}

/** The most frequent first. */
export function transitionsOf(paths: Iterable<CountedPath>): Transition[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { states, calls } of paths) {
    for (const [n, to] of states.entries()) {
      const from = states[n - 1];
      if (from === undefined) continue;
      const next = counts.get(from) ?? new Map<string, number>();
      counts.set(from, next.set(to, (next.get(to) ?? 0) + calls));
    }
  }
  const all = [...counts].flatMap(([from, next]) => [...next].map(([to, count]) => ({ from, to, count })));
  return all.sort((a, b) => b.count - a.count || inOrder(a.from, b.from) || inOrder(a.to, b.to));
}

/** Every state that a call came to, the one first in which most ended. */
export function dropOffOf(paths: Iterable<CountedPath>): DropOff[] {
  const found = new Map<string, { reached: number; calls: number }>();
  for (const { states, isUnfinished, calls } of paths) {
    const last = states.at(-1);
    for (const state of new Set(states)) {
      const { reached, calls: ended } = found.get(state) ?? { reached: 0, calls: 0 };
      const more = isUnfinished && state === last ? calls : 0;
      found.set(state, { reached: reached + calls, calls: ended + more });
    }
  }
  const all = [...found].map(([state, { reached, calls }]) => ({
    state,
    reached,
    calls,
    share: share(calls, reached) ?? 0,
  }));
  return all.sort((a, b) => b.calls - a.calls || b.reached - a.reached || inOrder(a.state, b.state));
}

/** To four places; null when there is nothing to have a share of. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

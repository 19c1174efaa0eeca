import type { SourceFacts } from './source-facts.js';

export interface Ring {
  readonly file: string;
  /** Of the import that leads on round the ring. */
  readonly line: number;
  /** The files in order, the first one again at the end. */
  readonly path: readonly string[];
}

/** One ring, the shortest, for each group of files that import each other; a group is reported once. */
export function findRings(all: readonly SourceFacts[]): Ring[] {
  const targets = new Map(
    all.map(({ file, imports }) => [file, imports.flatMap(({ target }) => target ?? [])]),
  );
  const reported = new Set<string>();
  return all.flatMap(({ file, imports }) => {
    if (reported.has(file)) return [];
    const path = shortestWayBack(file, targets);
    if (path === null) return [];
    for (const member of path) reported.add(member);
    return [{ file, line: imports.find(({ target }) => target === path[1])?.line ?? 1, path }];
  });
}

/** Breadth first: the first way that reaches `start` again is a shortest one. */
function shortestWayBack(start: string, targets: ReadonlyMap<string, readonly string[]>): string[] | null {
  const seen = new Set<string>();
  let ways = [[start]];
  while (ways.length > 0) {
    const longer: string[][] = [];
    for (const way of ways) {
      for (const next of targets.get(way.at(-1) ?? start) ?? []) {
        if (next === start) return [...way, start];
        if (seen.has(next)) continue;
        seen.add(next);
        longer.push([...way, next]);
      }
    }
    ways = longer;
  }
  return null;
}

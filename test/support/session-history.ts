/**
 * A version of one part of a session that only one writer writes at a time: first the owner's term (0 where there are no
 * terms), then its count in that term. Later ones are larger.
 */
export type Version = readonly [term: number, count: number];

export interface HistoryWrite {
  readonly part: string;
  readonly version: Version;
  /** Who wrote; of one term only one may succeed. */
  readonly by: string;
  readonly begin: number;
  /** When it was acknowledged; null: its outcome is unknown, it may have taken effect at any time after `begin`, or never. */
  readonly end: number | null;
}

/** What stood in the store at one moment between `begin` and `end`. */
export interface HistoryRead {
  readonly begin: number;
  readonly end: number;
  readonly seen: ReadonlyMap<string, { readonly version: Version; readonly by: string }>;
}

export interface SessionHistory {
  readonly writes: readonly HistoryWrite[];
  readonly reads: readonly HistoryRead[];
}

const NOTHING: Version = [-1, -1];

/**
 * Why no single order of these writes and reads, true to the times at which they began and ended, explains what was seen; empty when
 * one does. For parts of one writer each that is so if and only if all reads lie in one order, each has everything that was
 * acknowledged before it, or before something that it has, and nothing that had not begun.
 */
export function faultsOf(history: SessionHistory): string[] {
  return [
    ...orderFaults(history),
    ...history.reads.flatMap((read) => readFaults(read, history)),
    ...termFaults(history),
  ];
}

/** Reads that cannot be brought into one order, or not into that of their times. */
function orderFaults({ reads }: SessionHistory): string[] {
  const faults: string[] = [];
  for (const [n, a] of reads.entries()) {
    for (const b of reads.slice(n + 1)) {
      const [aHasLess, bHasLess] = [lacks(a, b), lacks(b, a)];
      if (aHasLess && bHasLess)
        faults.push(`Two reads saw ${aHasLess} and ${bHasLess} each without the other`);
      else if (aHasLess && b.end < a.begin) faults.push(`A later read had lost ${aHasLess}`);
      else if (bHasLess && a.end < b.begin) faults.push(`A later read had lost ${bHasLess}`);
    }
  }
  return faults;
}

/** A part of which `read` has an older version than `other`. */
function lacks(read: HistoryRead, other: HistoryRead): string | undefined {
  return [...other.seen].find(([part, { version }]) => isOlder(versionIn(read, part), version))?.[0];
}

function readFaults(read: HistoryRead, { writes }: SessionHistory): string[] {
  const sources = writes.filter((write) => isSame(versionIn(read, write.part), write.version));
  const known = new Set(sources.map(({ part }) => part));
  const unknown = [...read.seen.keys()].filter((part) => !known.has(part));
  const early = sources.filter(({ begin }) => begin > read.end);
  const since = Math.max(read.begin, ...sources.map(({ begin }) => begin));
  const lost = writes.filter(
    ({ part, version, end }) => end !== null && end < since && isOlder(versionIn(read, part), version),
  );
  return [
    ...unknown.map((part) => `A read saw ${part} as nobody wrote it`),
    ...early.map(({ part }) => `A read saw ${part} before it was written`),
    ...lost.map(({ part, version }) => `The acknowledged ${version[1]} of ${part} was lost`),
  ];
}

/** An owner of an earlier term that still had success, or two of the same term. */
function termFaults({ writes, reads }: SessionHistory): string[] {
  const faults: string[] = [];
  const begun = new Map<string, { term: number; at: number }[]>();
  const note = (part: string, term: number, at: number) =>
    begun.set(part, [...(begun.get(part) ?? []), { term, at }]);
  for (const { part, version, end } of writes) if (end !== null) note(part, version[0], end);
  for (const { seen, end } of reads) for (const [part, { version }] of seen) note(part, version[0], end);
  for (const { part, version, by, begin, end } of writes) {
    if (end === null) continue;
    if (begun.get(part)?.some(({ term, at }) => term > version[0] && at < begin))
      faults.push(`${by} wrote ${part} when a later owner had it`);
  }
  return [...faults, ...rivals({ writes, reads })];
}

function rivals({ writes, reads }: SessionHistory): string[] {
  const owners = new Map<string, Set<string>>();
  const note = (part: string, [term]: Version, by: string) => {
    const key = `${part} in term ${term}`;
    owners.set(key, (owners.get(key) ?? new Set()).add(by));
  };
  for (const { part, version, by, end } of writes) if (end !== null) note(part, version, by);
  for (const { seen } of reads) for (const [part, { version, by }] of seen) note(part, version, by);
  return [...owners].filter(([, names]) => names.size > 1).map(([key]) => `Two owned ${key}`);
}

function versionIn(read: HistoryRead, part: string): Version {
  return read.seen.get(part)?.version ?? NOTHING;
}

function isOlder(a: Version, b: Version): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function isSame(a: Version, b: Version): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

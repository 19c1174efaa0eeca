import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './property-runs.js';
import { faultsOf, type HistoryRead, type HistoryWrite, type Version } from './session-history.js';

const write = (
  part: string,
  version: Version,
  begin: number,
  end: number | null,
  by = part,
): HistoryWrite => ({ part, version, by, begin, end });
const read = (begin: number, end: number, seen: Record<string, Version>, owner?: string): HistoryRead => ({
  begin,
  end,
  seen: new Map(Object.entries(seen).map(([part, version]) => [part, { version, by: owner ?? part }])),
});

describe('The checker of session histories', () => {
  it('accepts writes that were seen in their order', () => {
    const writes = [write('a', [0, 1], 0, 1), write('b', [0, 1], 0, 5), write('a', [0, 2], 2, 3)];
    const reads = [
      read(1.2, 1.5, { a: [0, 1] }),
      read(2, 4, { a: [0, 2] }),
      read(4, 4.5, { a: [0, 2], b: [0, 1] }),
      read(6, 7, { a: [0, 2], b: [0, 1] }),
    ];
    expect(faultsOf({ writes, reads })).toEqual([]);
  });

  it('lets an unknown write take effect late, or never', () => {
    const writes = [write('a', [0, 1], 0, 1), write('a', [0, 2], 2, null)];
    expect(faultsOf({ writes, reads: [read(9, 10, { a: [0, 1] })] })).toEqual([]);
    expect(faultsOf({ writes, reads: [read(3, 4, { a: [0, 1] }), read(9, 10, { a: [0, 2] })] })).toEqual([]);
  });

  it('finds an acknowledged update that was lost', () => {
    const writes = [write('a', [0, 1], 0, 1), write('a', [0, 2], 2, 3)];
    expect(faultsOf({ writes, reads: [read(4, 5, { a: [0, 1] })] })).toEqual([
      'The acknowledged 2 of a was lost',
    ]);
  });

  it('finds a value that comes back', () => {
    const writes = [write('a', [0, 1], 0, null), write('a', [0, 2], 2, null)];
    const reads = [read(3, 4, { a: [0, 2] }), read(5, 6, { a: [0, 1] })];
    expect(faultsOf({ writes, reads })).toContain('A later read had lost a');
  });

  it('finds what one order cannot explain, although each part alone is in order', () => {
    const writes = [write('a', [0, 1], 0, 10), write('b', [0, 1], 0, 10)];
    const reads = [read(1, 9, { a: [0, 1] }), read(1, 9, { b: [0, 1] })];
    expect(faultsOf({ writes, reads })).toEqual(['Two reads saw b and a each without the other']);
  });

  it('finds an effect without its cause', () => {
    const writes = [write('a', [0, 1], 0, 1), write('b', [0, 1], 2, null)];
    expect(faultsOf({ writes, reads: [read(0.5, 4, { b: [0, 1] })] })).toEqual([
      'The acknowledged 1 of a was lost',
    ]);
  });

  it('finds what nobody wrote, and what was not written yet', () => {
    const writes = [write('a', [0, 1], 5, 6)];
    expect(faultsOf({ writes, reads: [read(1, 2, { a: [0, 1] })] })).toEqual([
      'A read saw a before it was written',
    ]);
    expect(faultsOf({ writes, reads: [read(7, 8, { a: [0, 7] })] })).toEqual([
      'A read saw a as nobody wrote it',
    ]);
  });

  it('finds an old owner that wins, and one that is told so', () => {
    const writes = [
      write('call', [0, 1], 0, 1, 'MZ0'),
      write('call', [1, 1], 2, 3, 'MZ1'),
      write('call', [0, 2], 4, null, 'MZ0'),
    ];
    const reads = [read(3.1, 3.5, { call: [1, 1] }, 'MZ1'), read(5, 6, { call: [0, 2] }, 'MZ0')];
    expect(faultsOf({ writes, reads })).toContain('A later read had lost call');
    const told = writes.map((each) => (each.end === null ? { ...each, end: 5 } : each));
    expect(faultsOf({ writes: told, reads: [] })).toEqual(['MZ0 wrote call when a later owner had it']);
  });

  it('finds two owners of one term', () => {
    const writes = [write('call', [1, 1], 0, 2, 'MZ1'), write('call', [1, 2], 0, 2, 'MZ2')];
    expect(faultsOf({ writes, reads: [] })).toEqual(['Two owned call in term 1']);
  });

  it('accepts every history that one order made, and none from which an acknowledged write was taken', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(), (steps, victim) => {
        const history = madeByOneOrder(steps);
        expect(faultsOf(history)).toEqual([]);
        const last = history.reads.at(-1);
        const isKnown = (part: string) =>
          history.writes.some((each) => each.part === part && each.end !== null);
        const parts = [...(last?.seen.keys() ?? [])].filter(isKnown);
        const part = parts[victim % parts.length];
        if (last === undefined || part === undefined) return;
        const seen = new Map(last.seen);
        seen.delete(part);
        expect(
          faultsOf({ ...history, reads: [...history.reads.slice(0, -1), { ...last, seen }] }),
        ).not.toEqual([]);
      }),
      { numRuns: runs(500) },
    );
  });
});

const step = fc.record({
  part: fc.constantFrom('a', 'b', 'c', 'read'),
  fate: fc.constantFrom('acknowledged', 'unknown', 'lost'),
  width: fc.nat({ max: 3 }),
});

/** Each step takes effect at its number; its interval reaches up to 3 steps to both sides, but for a writer's own next. */
function madeByOneOrder(
  steps: readonly { part: string; fate: 'acknowledged' | 'unknown' | 'lost'; width: number }[],
): { writes: HistoryWrite[]; reads: HistoryRead[] } {
  const stored = new Map<string, { version: Version; by: string }>();
  const [writes, reads]: [HistoryWrite[], HistoryRead[]] = [[], []];
  for (const [at, { part, fate, width }] of [...steps, READ].entries()) {
    if (part === 'read') {
      reads.push({ begin: at - width, end: at + width, seen: new Map(stored) });
      continue;
    }
    const mine = writes.filter((each) => each.part === part);
    const version: Version = [0, mine.length + 1];
    const previous = Math.max(-10, ...mine.map(({ begin, end }) => (end ?? begin) + 0.1));
    writes.push({
      part,
      version,
      by: part,
      begin: Math.max(at - width, previous),
      end: fate === 'acknowledged' ? at + 0.4 : null,
    });
    if (fate !== 'lost') stored.set(part, { version, by: part });
  }
  return { writes, reads };
}

const READ = { part: 'read', fate: 'acknowledged', width: 0 } as const;

/** How often a property runs at most, unless `FC_RUNS` says otherwise. */
const LOCAL_RUNS = 25;

/**
 * How often a property runs: `full` times where `FC_RUNS=all` (as in CI), else at most 25, or the count in `FC_RUNS`. Throws when that is
 * neither.
 */
export function runs(full: number): number {
  const asked = process.env.FC_RUNS || String(LOCAL_RUNS);
  if (asked === 'all') return full;
  if (!/^[1-9]\d{0,8}$/.test(asked)) throw new Error(`FC_RUNS must be "all" or a count, not "${asked}".`);
  return Math.min(full, Number(asked));
}

/** Locally a property runs at most so often; `FC_RUNS=all` (as in CI) or another number changes it. */
const LOCAL_RUNS = 100;

/** How often a property runs: `full` times, or fewer where `FC_RUNS` says so. Throws when `FC_RUNS` is neither `all` nor a count. */
export function runs(full: number): number {
  const asked = process.env.FC_RUNS ?? String(LOCAL_RUNS);
  if (asked === 'all') return full;
  if (!/^[1-9]\d{0,8}$/.test(asked)) throw new Error(`FC_RUNS must be "all" or a count, not "${asked}".`);
  return Math.min(full, Number(asked));
}

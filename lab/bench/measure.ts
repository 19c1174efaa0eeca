/** Microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export type Operation = () => Promise<unknown>;

/**
 * Times each operation alone, one after the other, in `rounds` rounds whose order rotates: what else the machine does
 * hits all of them alike.
 */
export async function measureLatencies<K extends string>(
  operations: Readonly<Record<K, Operation>>,
  rounds: number,
): Promise<Record<K, Latency>> {
  const names = keysOf(operations);
  const samples = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      if (name === undefined) continue;
      const startedAt = performance.now();
      await operations[name]();
      samples.get(name)?.push((performance.now() - startedAt) * 1_000);
    }
  }
  return mapKeys(operations, (name) => latencyOf(samples.get(name) ?? []));
}

/** Operations a second with `inFlight` at once: the median of `rounds` rounds of `count`, in turns. */
export async function measureRates<K extends string>(
  operations: Readonly<Record<K, (worker: number) => Promise<unknown>>>,
  { inFlight, count, rounds }: { inFlight: number; count: number; rounds: number },
): Promise<Record<K, number>> {
  const rates = new Map<K, number[]>(keysOf(operations).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of keysOf(operations)) {
      rates.get(name)?.push(await rateOf(operations[name], inFlight, count));
    }
  }
  return mapKeys(operations, (name) => quantile(rates.get(name) ?? [], 0.5));
}

async function rateOf(operation: (worker: number) => Promise<unknown>, inFlight: number, count: number) {
  let left = count;
  const startedAt = performance.now();
  const work = async (worker: number) => {
    while (left-- > 0) await operation(worker);
  };
  await Promise.all(Array.from({ length: inFlight }, (_, worker) => work(worker)));
  return (count / (performance.now() - startedAt)) * 1_000;
}

function latencyOf(samples: number[]): Latency {
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99) };
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const names: K[] = [];
  for (const name in record) names.push(name);
  return names;
}

function mapKeys<K extends string, V>(
  record: Readonly<Record<K, unknown>>,
  value: (name: K) => V,
): Record<K, V> {
  const entries = keysOf(record).map((name) => [name, value(name)] as const);
  // Object.fromEntries forgets which names it was given.
  return Object.fromEntries(entries) as Record<K, V>;
}

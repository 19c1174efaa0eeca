import type { Counter } from 'prom-client';

/** What a counter has counted: its series that are above 0. */
export async function counted(counter: Pick<Counter, 'get'>) {
  return (await counter.get()).values.filter(({ value }) => value > 0);
}

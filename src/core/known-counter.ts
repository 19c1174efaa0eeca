import { Counter, type Registry } from 'prom-client';

/**
 * The label values of the counters that alerts ask for. They are the labels' types, too: an event that is counted under another value does not
 * compile.
 */
const KNOWN_LABELS = {
  bayline_calls_started_total: { resumed: ['false', 'true'] },
  bayline_calls_total: {
    outcome: ['booked', 'callback_requested', 'completed', 'transferred', 'hung_up', 'abandoned', 'failed'],
    via: ['phone', 'browser'],
  },
  bayline_agent_failures_total: {
    agent: ['first', 'again', 'fallback'],
    reason: ['refused', 'expired', 'spent', 'lost', 'garbage', 'threw', 'voice', 'silent'],
  },
  bayline_webhook_rejects_total: {
    reason: ['signature', 'public_url', 'peer', 'forwarded', 'host', 'cross_site'],
  },
  bayline_bookings_total: { result: ['booked', 'taken', 'over_limit', 'refused', 'failed'] },
} as const;

type Known = typeof KNOWN_LABELS;
export type KnownName = keyof Known;
type ValueOf<Values> = Values extends readonly (infer Value)[] ? Value : never;

export interface KnownCounter<N extends KnownName> extends Pick<Counter, 'get'> {
  inc(labels: { readonly [L in keyof Known[N]]: ValueOf<Known[N][L]> }): void;
}

/**
 * A counter that begins at 0 for all of its labels. For Prometheus a series that begins with its first event has not grown: an alert would miss
 * the first failure of each gateway.
 */
export function knownCounter<N extends KnownName>(
  registry: Registry,
  name: N,
  help: string,
): KnownCounter<N> {
  const known = Object.entries<readonly string[]>(KNOWN_LABELS[name]);
  const labelNames = known.map(([label]) => label);
  const counter = new Counter({ name, help, labelNames, registers: [registry] });
  for (const labels of combinationsOf(known)) counter.inc(labels, 0);
  return counter;
}

function combinationsOf(known: readonly (readonly [string, readonly string[]])[]): Record<string, string>[] {
  return known.reduce<Record<string, string>[]>(
    (all, [label, values]) => all.flatMap((each) => values.map((value) => ({ ...each, [label]: value }))),
    [{}],
  );
}

/** `error`: Twilio or a caller suffers from it. `warning`: it works until something else goes wrong. `note`: the server's choice. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing that a media stream server can get wrong. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** The number under which Twilio reports it; `null` where Twilio says nothing. */
  readonly twilio: number | null;
  readonly why: string;
  /** Where it is written. */
  readonly source: string;
}

/** A rule that was broken once. `atMs` counts from the request to open the stream. */
export interface Breach {
  readonly rule: Rule;
  readonly atMs: number;
  /** What was seen, as a sentence; never audio, keys or tokens. */
  readonly seen: string;
}

/** A rule that was broken in a run: the first time, and how often. */
export interface Finding extends Breach {
  /** The call in which it was seen first. */
  readonly call: string;
  readonly count: number;
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** One finding for each rule, the gravest first, then in the order in which they came up. */
export function gatherFindings(
  calls: Iterable<readonly [call: string, breaches: readonly Breach[]]>,
): Finding[] {
  const found = new Map<string, Finding>();
  for (const [call, breaches] of calls) {
    for (const breach of [...breaches].sort((a, b) => a.atMs - b.atMs)) {
      const known = found.get(breach.rule.id) ?? { ...breach, call, count: 0 };
      found.set(breach.rule.id, { ...known, count: known.count + 1 });
    }
  }
  return [...found.values()].sort((a, b) => ORDER.indexOf(a.rule.severity) - ORDER.indexOf(b.rule.severity));
}

/** A remark such as "the gateway refused" as the beginning of a sentence; what a server wrote into it cannot steer a terminal. */
export function asSentence(remark: string): string {
  return remark.charAt(0).toUpperCase() + remark.slice(1).replace(/\p{Cc}/gu, ' ');
}

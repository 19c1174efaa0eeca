import { type Coverage, titleOf } from '../conformance/coverage.js';
import type { Finding, Severity } from '../conformance/finding.js';
import { CALLS } from '../conformance/observation.js';
import { wrap } from './wrap.js';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];
const INDENT = 10;

/** A report for people: every finding with what was seen, why it matters and where it is written, then what was tried. */
export function lintText(
  findings: readonly Finding[],
  { exercised, missing }: Coverage,
  columns: number,
): string {
  const width = Math.max(40, columns - INDENT);
  const blocks = [
    ...findings.map((finding) => findingText(finding, width)),
    ...(exercised.length > 0 ? [listText('Exercised', exercised, width)] : []),
    ...(missing.length > 0 ? [listText('Not exercised', missing, width)] : []),
    verdict(findings),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The same as JSON, a line for each finding and one for the summary. */
export function lintJson(findings: readonly Finding[], { exercised, missing }: Coverage): string {
  const lines = findings.map(({ rule, call, atMs, seen, count }) => ({
    event: 'finding',
    rule: rule.id,
    severity: rule.severity,
    twilio_error: rule.twilio,
    call,
    at_ms: Math.round(atMs),
    count,
    seen,
    why: rule.why,
    source: rule.source,
  }));
  const counts = Object.fromEntries(
    SEVERITIES.map((severity) => [`${severity}s`, countOf(findings, severity)]),
  );
  const summary = { event: 'summary', ...counts, exercised, not_exercised: missing, ok: isOk(findings) };
  return [...lines, summary].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** No errors: the server keeps the protocol as far as it was tried. */
export function isOk(findings: readonly Finding[]): boolean {
  return countOf(findings, 'error') === 0;
}

function findingText({ rule, call, atMs, seen, count }: Finding, width: number): string {
  const code = rule.twilio === null ? '' : `, Twilio ${rule.twilio}`;
  const name = CALLS.find((known) => known === call);
  const where = `in ${name ? titleOf(name) : call}, after ${(atMs / 1000).toFixed(1)} s`;
  const head = `${rule.severity.padEnd(INDENT)}${rule.id}${code}: ${count === 1 ? 'once' : `${count} times, first`} ${where}`;
  const body = [...wrap(`${seen}.`, width), ...wrap(rule.why, width), rule.source];
  return [head, ...body.map((line) => ' '.repeat(INDENT) + line)].join('\n');
}

function listText(title: string, items: readonly string[], width: number): string {
  const lines = items.flatMap((item) =>
    wrap(item, width).map((line, index) => (index === 0 ? '  ' : '    ') + line),
  );
  return [title, ...lines].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'No breach of the protocol was found.';
  return SEVERITIES.map((severity) => {
    const count = countOf(findings, severity);
    return `${count} ${severity}${count === 1 ? '' : 's'}`;
  }).join(', ');
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter(({ rule }) => rule.severity === severity).length;
}

import { describe, expect, it } from 'vitest';
import type { Finding, Severity } from '../../../packages/twilio-simulator/src/conformance/finding.js';
import { isOk, lintJson, lintText } from '../../../packages/twilio-simulator/src/lint/lint-report.js';

const finding = (id: string, severity: Severity, twilio: number | null, count: number): Finding => ({
  rule: {
    id,
    severity,
    twilio,
    why: 'It matters for a reason that takes some words to say.',
    source: 'https://example.com',
  },
  call: 'keys',
  atMs: 1234,
  seen: 'A thing was seen',
  count,
});
const COVERAGE = { exercised: ['3 streams opened'], missing: ['a call with speech: left out'] };

describe('the report of a run', () => {
  it('says of every finding what, where, how often, why and by what right', () => {
    const findings = [finding('extra-field', 'error', 31951, 12), finding('mark-repeated', 'note', null, 1)];
    expect(
      lintText(findings, COVERAGE, 50),
    ).toBe(`error     extra-field, Twilio 31951: 12 times, first in a call with keys, after 1.2 s
          A thing was seen.
          It matters for a reason that takes some
          words to say.
          https://example.com

note      mark-repeated: once in a call with keys, after 1.2 s
          A thing was seen.
          It matters for a reason that takes some
          words to say.
          https://example.com

Exercised
  3 streams opened

Not exercised
  a call with speech: left out

1 error, 0 warnings, 1 note
`);
  });

  it('says so when nothing was found', () => {
    expect(lintText([], { ...COVERAGE, missing: [] }, 100)).toBe(
      'Exercised\n  3 streams opened\n\nNo breach of the protocol was found.\n',
    );
  });

  it('is one JSON line for each finding and one for the summary', () => {
    const lines = lintJson([finding('extra-field', 'error', 31951, 12)], COVERAGE)
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'finding',
        rule: 'extra-field',
        twilio_error: 31951,
        at_ms: 1234,
        count: 12,
      }),
      {
        event: 'summary',
        errors: 1,
        warnings: 0,
        notes: 0,
        exercised: COVERAGE.exercised,
        not_exercised: COVERAGE.missing,
        ok: false,
      },
    ]);
  });

  it('is in order without errors', () => {
    expect(isOk([])).toBe(true);
    expect(isOk([finding('a', 'warning', null, 1), finding('b', 'note', null, 1)])).toBe(true);
    expect(isOk([finding('a', 'error', null, 1)])).toBe(false);
  });
});

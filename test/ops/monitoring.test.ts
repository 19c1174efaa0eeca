import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Metrics } from '../../src/core/metrics.js';
import { findProgram } from '../support/programs.js';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const names = (folder: string) => readdirSync(new URL(`../../${folder}`, import.meta.url));

const Alert = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.url() }),
});
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(Alert) })) })
  .parse(parse(read('ops/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules);

const Dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.object({
      title: z.string(),
      datasource: z.object({ uid: z.string() }),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).min(1),
    }),
  ),
});
const dashboards = names('ops/grafana/dashboards').map((file) => ({
  file,
  ...Dashboard.parse(JSON.parse(read(`ops/grafana/dashboards/${file}`))),
}));

// What Prometheus adds by itself.
const ADDED = ['instance', 'job', 'le'];
const { registry } = new Metrics();

/** The labels of a metric as the gateway has it; null when it has none of this name. */
function labelsOf(name: string): readonly string[] | null {
  const metric: object | undefined =
    registry.getSingleMetric(name) ?? registry.getSingleMetric(name.replace(/_(bucket|sum|count)$/, ''));
  if (!metric) return null;
  return 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
}

/** What an expression asks for that no gateway has: metrics, and labels of them. */
function unknownIn(expr: string, legend = ''): string[] {
  const used = [...expr.matchAll(/\b(bayline_\w+)(?:\{([^}]*)\})?/g)];
  const wrong = used.flatMap(([, name = '', selector = '']) => {
    const labels = labelsOf(name);
    if (!labels) return [name];
    const asked = [...selector.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label);
    return asked
      .filter((label) => ![...labels, ...ADDED].includes(label))
      .map((label) => `${name}{${label}}`);
  });
  const known = [...ADDED, ...used.flatMap(([, name = '']) => labelsOf(name) ?? [])];
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  return [...wrong, ...[...grouped, ...shown].filter((label) => !known.includes(label))];
}

describe('the alerts', () => {
  it('are ten or more, each with a name of its own, and a page of the runbooks', () => {
    expect(alerts.length).toBeGreaterThanOrEqual(10);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    const headings = [...read('docs/runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook_url).toMatch(new RegExp(`/docs/runbooks\\.md#${alert.toLowerCase()}$`));
  });

  it('have runbooks that say what it means, what callers notice, how to look, and what to do', () => {
    for (const page of read('docs/runbooks.md').split(/^## /m).slice(1)) {
      const parts = [...page.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part);
      expect([page.split('\n')[0], parts]).toEqual([
        page.split('\n')[0],
        ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'],
      ]);
    }
  });

  it('have runbooks that name only metrics that there are', () => {
    const named = [...read('docs/runbooks.md').matchAll(/\bbayline_\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => labelsOf(name) === null)).toEqual([]);
  });

  it.each(alerts)('$alert asks for what the gateway has', ({ expr, annotations }) => {
    expect(
      unknownIn(expr, `${annotations.summary}${annotations.description}`.replaceAll('$labels.', '')),
    ).toEqual([]);
  });

  it('ask for counters that begin at 0, so that the first failure of a gateway counts', async () => {
    const begun = (await new Metrics().text()).split('\n').filter((line) => line.endsWith(' 0'));
    const asked = alerts.flatMap(({ expr }) => [...expr.matchAll(/(bayline_\w+_total)(?:\{([^}]*)\})?\[/g)]);
    expect(asked.length).toBeGreaterThan(5);
    for (const [, name = '', selector = ''] of asked) {
      const isAsked = (line: string) =>
        line.startsWith(`${name}{`) && selector.split(',').every((label) => line.includes(label));
      expect([name, selector, begun.some(isAsked)]).toEqual([name, selector, true]);
    }
  });

  it('are each tried by a rule test', () => {
    const tried = read('ops/prometheus/alerts.test.yml');
    for (const { alert } of alerts)
      expect(tried).toContain(`ALERTS{alertname="${alert}",alertstate="firing"`);
  });
});

// In CI promtool is there: test/support/global-setup.ts refuses to begin without it.
describe.skipIf(findProgram(['promtool']) === null)('Prometheus with the shipped files', () => {
  const promtool = (parameters: readonly string[], input = '') =>
    execFileSync('promtool', parameters, {
      cwd: new URL('../..', import.meta.url),
      encoding: 'utf8',
      input,
    });

  it('reads its configuration and the alerts', () => {
    expect(promtool(['check', 'config', 'ops/prometheus/prometheus.yml'])).toContain(
      `${alerts.length} rules found`,
    );
  });

  it('raises each alert when it should, and none on an ordinary day', () => {
    expect(promtool(['test', 'rules', 'ops/prometheus/alerts.test.yml'])).toContain('SUCCESS');
  });

  it('takes what a gateway answers, without a complaint', async () => {
    expect(promtool(['check', 'metrics'], await new Metrics().text())).toBe('');
  });

  it('understands every expression of the dashboards', () => {
    const exprs = dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));
    const rules = exprs.map(({ expr }, at) => ({
      record: `panel:${at}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'bayline-rules-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'panels.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const checked = promtool(['check', 'rules', file]);
    expect(checked).toContain(`${rules.length} rules found`);
  });
});

describe('the dashboards', () => {
  it('are three, for callers, business and dependencies', () => {
    expect(dashboards.map(({ file }) => file)).toEqual([
      'business.json',
      'callers.json',
      'dependencies.json',
    ]);
  });

  it.each(dashboards)('$file asks for what the gateway has', ({ panels }) => {
    const wrong = panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr, legendFormat }) =>
        unknownIn(expr, legendFormat).map((name) => `${title}: ${name}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it.each(dashboards)('$file needs no edit: its source of data is the provisioned one', ({ panels }) => {
    const source = z
      .object({ datasources: z.array(z.object({ uid: z.string(), url: z.string() })).length(1) })
      .parse(parse(read('ops/grafana/provisioning/datasources/prometheus.yml'))).datasources[0];
    expect(source?.url).toBe('http://prometheus:9090');
    expect(panels.map(({ datasource }) => datasource.uid)).toEqual(panels.map(() => source?.uid));
  });

  it.each(dashboards)('$file has no panel over another', ({ panels }) => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
  });

  it.each([
    ['bayline_no_such_total', ['bayline_no_such_total']],
    ['bayline_bookings_total{colour="red"}', ['bayline_bookings_total{colour}']],
    ['sum by (colour) (bayline_bookings_total)', ['colour']],
    ['sum by (le) (rate(bayline_response_seconds_bucket{to="key"}[5m]))', []],
  ])('this test finds %s', (expr, found) => {
    expect(unknownIn(expr)).toEqual(found);
  });
});

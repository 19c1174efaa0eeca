import { Metrics } from '../../src/core/metrics.js';
import { GENERATED } from './generated.js';

/** `docs/metrics.md`, from the registry that `/metrics` is answered from. */
export async function metricsPage(): Promise<string> {
  const metrics = new Metrics();
  const figures = await metrics.registry.getMetricsAsJSON();
  const rows = figures.map(({ name, help, type }) => {
    const labels = labelsOf(metrics.registry.getSingleMetric(name));
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${cell(help)} |`;
  });
  return `${GENERATED('src/core/metrics.ts and src/core/store-metrics.ts')}
# Metrics

\`GET /metrics\` answers in Prometheus' text format. It holds no numbers, names or SIDs. Connected to directly it needs no token; through a proxy it needs \`ADMIN_TOKEN\`.
Each gateway answers for itself. The counters that alerts ask for begin at 0 for all of their labels; a series of the others begins with its first event.

| name | type | labels | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

// The library keeps the names of a figure's labels, but its types do not say so.
function labelsOf(figure: object | undefined): string[] {
  const names: unknown = figure && 'labelNames' in figure ? figure.labelNames : [];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

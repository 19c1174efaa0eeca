import { z } from 'zod';
import { GENERATED } from '../tools/docs/generated.js';
import { formatRows } from './bench-topic.js';
import { formatDrill } from './drill-topic.js';

/** What is known of the run of a topic. */
const Run = {
  title: z.string(),
  measured_on: z.string(),
  node: z.string(),
  processor: z.string(),
  cores: z.number(),
  /** Of the code that was measured; absent in results from before it was kept. */
  commit: z.string().optional(),
  /** What the table does not say by itself, in Markdown. */
  remarks: z.array(z.string()).optional(),
};
const Benchmarks = z.record(
  z.string(),
  z.object({
    ...Run,
    rows: z.array(
      z
        .object({
          figure: z.string(),
          measured: z.string(),
          reference: z.string(),
          ratio: z.number(),
          target: z.string(),
          met: z.boolean(),
        })
        .partial({ ratio: true, target: true, met: true }),
    ),
  }),
);
const Drills = z.record(
  z.string(),
  z.object({
    ...Run,
    rows: z.array(z.object({ fault: z.string(), required: z.string(), seen: z.string(), held: z.boolean() })),
  }),
);

/** `docs/results/benchmarks.md` from the JSON that `npm run bench` keeps. */
export function benchmarksPage(json: string): string {
  const topics = Object.values(Benchmarks.parse(JSON.parse(json))).map((topic) => {
    const rows = topic.rows.map(({ ratio, target, met, ...row }) => ({
      ...row,
      ...(ratio === undefined ? {} : { ratio }),
      ...(target === undefined ? {} : { target }),
      ...(met === undefined ? {} : { met }),
    }));
    return sectionOf(topic, formatRows(rows));
  });
  return `${GENERATED('lab/results/benchmarks.json', 'npm run lab:report')}
# Benchmarks

\`npm run bench\` measures each figure beside a reference in the same run; \`npm run bench -- media\` runs one topic. \`media\` and \`talking\` need Linux with two cores, \`taskset\`, a C compiler
(\`cc\`) and \`redis-server\` on PATH, and get a public package to compare with from npm (100 MB, in the temporary folder). \`session-store\` and \`availability\` need a Redis (\`redis-server\` on PATH or \`TEST_REDIS_URL\`),
\`analytics\` and \`availability\` a PostgreSQL (\`TEST_DATABASE_URL\`), \`front-desk-page\` a Chromium on PATH. What is missing is told before the first topic begins. Figures move by a tenth from run to run.
How to read them, and what they do not say, is in [Limits](../limitations.md#what-the-figures-do-not-say).

${topics.join('\n')}`;
}

/** `docs/results/drills.md` from the JSON that `npm run drill` keeps. */
export function drillsPage(json: string): string {
  const topics = Object.values(Drills.parse(JSON.parse(json))).map((topic) => {
    const held = topic.rows.filter((row) => row.held).length;
    const all = topic.rows.length;
    const verdict = held === all ? `All ${all} held.` : `${held} of ${all} held.`;
    return sectionOf(topic, formatDrill(topic.rows), verdict);
  });
  return `${GENERATED('lab/results/drills.json', 'npm run lab:report')}
# Fault drills

Each row is a fault that was made on purpose, what is required under it, and what was seen. \`npm run drill\` takes an hour and more and needs \`redis-server\`, and PostgreSQL by
\`TEST_DATABASE_URL\`; \`rolling-restart\` needs \`haproxy\`, \`caddy\` and \`openssl\`, which it installs as root on Debian. \`npm run drill -- deploy\` runs one. \`npm run soak\` places 10,000 calls, \`npm run drill -- chaos\` makes a random fault every five seconds.
Callers, gateways, Redis and PostgreSQL shared the cores of one machine, so times are longer than where each has its own.
What the drills do not say is in [Limits](../limitations.md#what-the-figures-do-not-say).

${topics.join('\n')}`;
}

type Topic = z.infer<z.ZodObject<typeof Run>>;

function sectionOf(topic: Topic, table: string, verdict?: string): string {
  const { title, measured_on, node, processor, cores, commit, remarks = [] } = topic;
  const machine = `${measured_on}, Node ${node.replace(/^v/, '')}, ${cores} cores (${processor})${commit ? `, commit ${commit}` : ''}.`;
  const said = [verdict, machine].filter(Boolean).join(' ');
  const trimmed = table.replace(/ +$/gm, '');
  return [`## ${title}`, said, `\`\`\`\n${trimmed}\n\`\`\``, ...remarks].join('\n\n').concat('\n');
}

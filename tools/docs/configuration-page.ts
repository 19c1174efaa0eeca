import type { z } from 'zod';
import { SETTING_SECTIONS } from '../../src/settings.js';
import { GENERATED } from './generated.js';

/** One setting as it is documented. */
interface Setting {
  readonly name: string;
  readonly description: string;
  /** What stands when it is not given; as written in `.env` where there is such a value. */
  readonly byDefault: string;
  /** Shown in `.env.example`; empty: there is no value that means the default. */
  readonly example: string;
  readonly range: string;
}

interface Section {
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** What `docker-compose.yml` reads; the gateway knows none of these. */
const COMPOSE: Section = {
  title: 'docker-compose.yml alone',
  settings: [
    compose('POSTGRES_PASSWORD', 'Required there. Letters and digits only: openssl rand -hex 24.', ''),
    compose('REDIS_PASSWORD', 'Required there. Letters and digits only: openssl rand -hex 24.', ''),
    compose('BALANCER_PORT', 'Port of the host, on 127.0.0.1, that leads to the gateways.', '3000'),
    compose(
      'CADDY_TLS',
      'A certificate of your own: tls /path/of/certificate.pem /path/of/key.pem, as mounted in Caddy.',
      '',
    ),
    compose('PROMETHEUS_PORT', 'Port of the host, on 127.0.0.1, of Prometheus (profile monitoring).', '9090'),
    compose('GRAFANA_PORT', 'Port of the host, on 127.0.0.1, of Grafana (profile monitoring).', '3030'),
    compose('GATEWAY_CPUS', "The gateway's cores, no more than the machine has.", '1'),
    compose('GATEWAY_MEMORY', "The gateway's memory.", '1g'),
  ],
};

function compose(name: string, description: string, example: string): Setting {
  return { name, description, byDefault: example || 'none', example, range: '' };
}

/** `docs/configuration.md`. */
export function configurationPage(): string {
  const sections = sectionsOf().map(({ title, settings }) => {
    const rows = settings.map(
      ({ name, description, byDefault, range }) =>
        `| \`${name}\` | ${cell(byDefault)} | ${cell(range)} | ${cell(description)} |`,
    );
    return `## ${title}\n\n| name | default | range | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${GENERATED('src/settings.ts and src/agent-settings.ts')}
# Settings

Settings come from the environment, and from \`.env\` in the folder in which the gateway is started. The environment wins; an empty variable counts as not set (but see \`REALTIME_TRANSCRIPTION_MODEL\`).
[\`.env.example\`](../.env.example) lists all of them with their defaults. A program that [embeds the gateway](custom-agent.md) gives the settings itself: \`.env\` is not read there.

\`.env\` has \`NAME=value\` lines in UTF-8 or UTF-16. A file that cannot be read to its last line, or that has the name of a token misspelt, stops the start; other
misspelt names are warned about. A bad value stops the start, with every problem listed. The messages name the setting and never repeat a value.

${sections.join('\n')}`;
}

/** `.env.example`. */
export function environmentExample(): string {
  const sections = sectionsOf().map(({ title, settings }) => {
    const heading = `# --- ${title} `.padEnd(120, '-');
    return [heading, ...settings.map(exampleOf)].join('\n\n');
  });
  return `# Made by "npm run docs" from src/settings.ts and src/agent-settings.ts: change it there.
# Settings of the Bayline gateway. Copy to .env and uncomment what you change; the gateway reads .env if it is there.
# Each line shows the default. A bad value stops the start, with every problem listed.

${sections.join('\n\n')}\n`;
}

function exampleOf({ name, description, byDefault, example, range }: Setting): string {
  const unset = example === '' && byDefault !== 'none' ? ` Not set: ${byDefault.replace('none: ', '')}.` : '';
  const values = range === '' ? '' : range.includes(',') ? ` One of: ${range}.` : ` From ${range}.`;
  return `${wrapped(`${description}${values}${unset}`)}\n#${name}=${example}`;
}

function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 118) lines.push(`${lines.pop()} ${word}`);
    else lines.push(`# ${word}`);
  }
  return lines.join('\n');
}

function sectionsOf(): Section[] {
  const ours = SETTING_SECTIONS.map(({ title, settings }) => ({
    title,
    settings: Object.entries(settings).map(([name, schema]) => settingOf(name, schema)),
  }));
  return [...ours, COMPOSE];
}

function settingOf(name: string, schema: z.core.$ZodType): Setting {
  const meta = metaOf(schema);
  const { def } = schema._zod;
  const inner = 'innerType' in def && isSchema(def.innerType) ? metaOf(def.innerType) : {};
  const value = 'defaultValue' in def ? String(def.defaultValue) : '';
  const description = wordsOf(meta.description);
  if (description === '') throw new Error(`${name} has no description.`);
  const unset = wordsOf(meta.unset) || 'none';
  return { name, description, byDefault: value || unset, example: value, range: wordsOf(inner.range) };
}

function metaOf(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const meta: unknown = 'meta' in schema && typeof schema.meta === 'function' ? schema.meta() : undefined;
  return typeof meta === 'object' && meta !== null ? { ...meta } : {};
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

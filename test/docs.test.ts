import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { benchmarksPage, drillsPage } from '../lab/results-pages.js';
import { newSession } from '../src/sessions/stored-session.js';
import { configurationPage, environmentExample } from '../tools/docs/configuration-page.js';
import { httpApiPage } from '../tools/docs/http-api-page.js';
import { metricsPage } from '../tools/docs/metrics-page.js';

const read = (file: string) => readFileSync(file, 'utf8');

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...markdownIn('docs'),
  ...markdownIn('packages'),
  ...markdownIn('examples'),
  ...markdownIn('src'),
];

describe('generated pages', () => {
  test.each([
    ['docs/configuration.md', configurationPage],
    ['.env.example', environmentExample],
    ['docs/metrics.md', metricsPage],
    ['docs/http-api.md', httpApiPage],
  ])('%s says what the code says: else run npm run docs', async (file, generate) => {
    expect(read(file)).toBe(await generate());
  });

  test.each([
    ['docs/results/benchmarks.md', 'lab/results/benchmarks.json', benchmarksPage],
    ['docs/results/drills.md', 'lab/results/drills.json', drillsPage],
  ])('%s shows what is in %s: else run npm run lab:report', (file, results, generate) => {
    expect(read(file)).toBe(generate(read(results)));
  });
});

describe('the documentation', () => {
  test('the README has at most 220 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(220);
  });

  test('each figure that the README shows off stands on a page of results', () => {
    const [, section = ''] = read('README.md').split('## What makes it different\n');
    const bullets = (section.split('\n## ')[0] ?? '').replace(/\]\(.*?\)/g, '');
    // With its unit: 532 is somewhere, 532 ms is not.
    const numbersOf = (text: string) =>
      text.match(/\d[\d,]*(?:\.\d+)?(?: (?:ms|s|µs|KB|MB)\b)?/g)?.map((n) => n.replaceAll(',', '')) ?? [];
    const results = ['benchmarks', 'drills'].map((page) => read(`docs/results/${page}.md`));
    const measured = new Set(results.flatMap(numbersOf));
    expect(numbersOf(bullets).length).toBeGreaterThan(15);
    expect(numbersOf(bullets).filter((figure) => !measured.has(figure))).toEqual([]);
  });

  test.each(pages)('every relative link and anchor of %s leads somewhere', (page) => {
    expect(linksOf(read(page)).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  test.each(pages)('every npm script that %s names exists', (page) => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    const named = [...read(page).matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test.each(markdownIn('packages'))('%s says how to install what it calls by npx', (page) => {
    const { name, bin }: { name: string; bin: Record<string, string> } = JSON.parse(
      read(join(dirname(page), 'package.json')),
    );
    const called = [...read(page).matchAll(/npx ([\w-]+)/g)].map(([, command = '']) => command);
    expect(called.filter((command) => !Object.hasOwn(bin, command))).toEqual([]);
    expect(read(page)).toContain(`npm pack --workspace packages/${name}`);
    expect(read(page)).toMatch(new RegExp(`npm install .*/${name}-`));
  });

  test.each(['docs/store-library.md', 'docs/custom-agent.md'])(
    '%s says how to install the package that it imports',
    (page) => {
      expect(read(page)).toMatch(/from 'bayline/);
      expect(read(page)).toMatch(/npm pack.*npm install .*\/bayline-/s);
    },
  );

  test('each page of docs/ can be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of linksOf(read(page))) {
        const target = join(dirname(page), link.split('#')[0] ?? '');
        if (target.endsWith('.md') && existsSync(target)) reached.add(target);
      }
    }
    expect(markdownIn('docs').filter((page) => !reached.has(page))).toEqual([]);
  });

  test('each file that the architecture page names is there', () => {
    const named = [...read('docs/architecture.md').matchAll(/^\d+\. `([\w./-]+\.(?:ts|lua))`/gm)];
    expect(named.length).toBeGreaterThan(40);
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join('src', file)))).toEqual([]);
  });

  test('each file that the architecture page names anywhere is there, by its path or a part of it', () => {
    const named = [...read('docs/architecture.md').matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:ts|lua))`/g)];
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => `/${file}`);
    const isThere = (name: string) => existsSync(name) || files.some((file) => file.endsWith(`/${name}`));
    expect(named.length).toBeGreaterThan(100);
    expect(named.map(([, file = '']) => file).filter((file) => !isThere(file))).toEqual([]);
  });

  test('each file that the page on fast reading names is beside it, or there by its path', () => {
    const named = [...read('src/server/fast-read/README.md').matchAll(/`((?:[\w-]+\/)*[\w-]+\.ts)`/g)];
    const folders = ['src/server/fast-read', 'src', '.'];
    const isThere = (name: string) => folders.some((folder) => existsSync(join(folder, name)));
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, file = '']) => file).filter((file) => !isThere(file))).toEqual([]);
  });

  test.each(pages)('each file that %s names by its path from the root is there', (page) => {
    const named = [...read(page).matchAll(/`((?:docs|fixtures|lab|ops|src|test)\/[\w./-]+\.\w+)`/g)];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(file))).toEqual([]);
  });

  test('each file that the glossary names is there', () => {
    const named = [...read('docs/glossary.md').matchAll(/`([\w-]+(?:\/[\w.-]+)*\.ts)`/g)];
    expect(named.length).toBeGreaterThan(20);
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join('src', file)))).toEqual([]);
  });

  test('the page on agents of your own lists every type that the package exports for them', () => {
    const exported = [
      ...read('src/gateway.ts').matchAll(/export type \{([^}]+)\} from '\.\/(?:agents|twilio)\//g),
    ].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
    const [, list = ''] =
      /^The types come from `bayline\/gateway` too: (.*)$/m.exec(read('docs/custom-agent.md')) ?? [];
    expect(exported).toContain('AgentFactory');
    expect(exported.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
  });

  test('the page on Redis keys tells each field of a session', () => {
    const call = {
      callSid: 'CA1',
      streamSid: 'MZ1',
      callerPhone: 'anonymous',
      attestation: null,
      test: true,
    };
    const [, table = ''] = read('docs/redis-keys.md').split('## The session\n');
    const rows =
      table
        .split('\n## ')[0]
        ?.match(/^\| `.*?\|/gm)
        ?.join('') ?? '';
    const fields = [...Object.keys(newSession(call)), 'intervention'];
    expect(fields.filter((field) => !rows.includes(`\`${field}\``))).toEqual([]);
  });

  test('the HTTP API page tells what each field of a live call means', () => {
    const [, table = ''] = read('docs/http-api.md').split('\n### Session\n');
    const untold = table.split('\n### ')[0]?.match(/^\| `(\w+)`.*\| {2}\|$/gm) ?? [];
    expect(table).toContain('| `call_sid` |');
    expect(untold).toEqual([]);
  });

  test.each([
    ['An inbound frame', 8],
    ['A `say`', 8],
    ['A `start`', 12],
    ['A key', 12],
    ['A session write', 9],
  ])('the walk of %s passes at most %i files', (title, most) => {
    const [, walk = ''] = read('docs/architecture.md').split(`### ${title}\n`);
    const files = walk.split('\n### ')[0]?.match(/^\d+\. `[\w/.-]+`/gm) ?? [];
    expect(files.length).toBeGreaterThan(5);
    expect(files.length).toBeLessThanOrEqual(most);
  });
});

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** What a page links to within the repository; code is no link. */
function linksOf(text: string): string[] {
  const prose = text
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ''));
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

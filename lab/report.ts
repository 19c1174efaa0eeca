import { readFile, writeFile } from 'node:fs/promises';
import { benchmarksPage, drillsPage } from './results-pages.js';

// `npm run lab:report`: the pages of what was measured.
const read = (file: string) => readFile(file, 'utf8');
await writeFile('docs/results/benchmarks.md', benchmarksPage(await read('lab/results/benchmarks.json')));
await writeFile('docs/results/drills.md', drillsPage(await read('lab/results/drills.json')));
console.log('docs/results/benchmarks.md\ndocs/results/drills.md');

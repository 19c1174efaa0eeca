import { writeFile } from 'node:fs/promises';
import { configurationPage, environmentExample } from './configuration-page.js';
import { httpApiPage } from './http-api-page.js';
import { metricsPage } from './metrics-page.js';

// `npm run docs`: the pages that are made from the code.
const pages: readonly (readonly [string, string])[] = [
  ['docs/configuration.md', configurationPage()],
  ['.env.example', environmentExample()],
  ['docs/metrics.md', await metricsPage()],
  ['docs/http-api.md', httpApiPage()],
];
for (const [file, text] of pages) {
  await writeFile(file, text);
  console.log(file);
}

// tsc compiles .ts only; what the code reads at run time beside its own file is copied after it.
import { cpSync } from 'node:fs';
import { join } from 'node:path';

const ASSET = /\.(lua|sql|json|html|css|js|svg|ulaw)$/;

/** Vite builds the page. */
const PAGE = join('src', 'web');

const [, , target = 'dist'] = process.argv;

cpSync('src', target, {
  recursive: true,
  filter: (from) => !from.startsWith(PAGE) && (!from.includes('.') || ASSET.test(from)),
});

// tsc compiles .ts only; what the code reads at run time beside its own file is copied after it.
import { cpSync } from 'node:fs';

const ASSET = /\.(lua|sql|json|html|css|js|svg|ulaw)$/;

const [, , target = 'dist'] = process.argv;

cpSync('src', target, {
  recursive: true,
  filter: (from) => !from.includes('.') || ASSET.test(from),
});

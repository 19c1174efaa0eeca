// What `npm start` does first: builds, or says in a sentence why nothing can be started. In words that an old Node reads too.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';

const needed = JSON.parse(readFileSync('package.json', 'utf8')).engines.node.replace('>=', '');
const isBuilt = existsSync('dist/main.js');

if (isOlder(process.versions.node, needed)) {
  stop(
    `Bayline needs Node.js ${needed} or newer; this is ${process.versions.node} (${process.execPath}). Install a newer one.`,
  );
}
if (!existsSync('node_modules/express')) {
  stop('The packages are not installed. Run: npm ci');
}
if (!mayBuild()) {
  if (!isBuilt)
    stop(
      'Nothing is built, and this folder cannot be written. Run npm ci && npm run build where it can, then npm start.',
    );
} else if (existsSync('node_modules/typescript')) {
  const built = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (built.error) stop(`The build cannot be started: ${built.error.message}. Run: npm run build`);
  if (built.status !== 0)
    stop('The build has failed, see above. If packages were left out, run: npm ci --include=dev');
} else if (!isBuilt) {
  stop(
    'Nothing is built, and the compiler was left out (NODE_ENV=production or --omit=dev). Run: npm ci --include=dev',
  );
}

function isOlder(version, least) {
  const have = version.split('.').map(Number);
  const want = least.split('.').map(Number);
  const at = want.findIndex((part, index) => part !== have[index]);
  return at >= 0 && have[at] < want[at];
}

function mayBuild() {
  try {
    accessSync(existsSync('dist') ? 'dist' : '.', constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

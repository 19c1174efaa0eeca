import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const REFUSE_SERVICES = '#!/bin/sh\nexit 101\n';

/** The first of these programs that is on PATH, or `null` when none is. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | null {
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether this process may and can install packages: root, on a system with apt-get. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

/**
 * Installs Debian packages with apt-get, without letting one start a service on this machine.
 * `false` when apt-get failed; what it said is on standard error.
 */
export function installPackages(...names: readonly string[]): boolean {
  console.log(`Not found: installing the Debian packages ${names.join(', ')} with apt-get.`);
  const install = () => apt(['install', '--yes', '--no-install-recommends', ...names]);
  return withoutServiceStart(() => install() || (apt(['update']) && install()));
}

function apt(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', ['--quiet', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

/** Debian asks `policy-rc.d` before a package starts its service; 101 forbids it. One that exists already is kept. */
function withoutServiceStart(install: () => boolean): boolean {
  const ours = !existsSync(POLICY_FILE);
  if (ours) writeFileSync(POLICY_FILE, REFUSE_SERVICES, { mode: 0o755 });
  try {
    return install();
  } finally {
    if (ours) rmSync(POLICY_FILE, { force: true });
  }
}

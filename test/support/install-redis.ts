import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const REFUSE_SERVICES = '#!/bin/sh\nexit 101\n';

/** Whether this process may and can install packages: root, on a system with apt-get. */
export function canInstallRedis(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

/**
 * Installs `redis-server` with apt-get, without letting the package start a service on this machine.
 * `false` when apt-get failed; what it said is on standard error.
 */
export function installRedis(): boolean {
  console.log('No Redis found: installing the Debian package redis-server with apt-get for the tests.');
  return withoutServiceStart(() => aptInstall() || (apt(['update']) && aptInstall()));
}

function aptInstall(): boolean {
  return apt(['install', '--yes', '--no-install-recommends', 'redis-server']);
}

function apt(args: string[]): boolean {
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

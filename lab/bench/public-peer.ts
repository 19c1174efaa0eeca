import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['@openai/agents-extensions@0.18.0', '@openai/agents@0.20.0', 'zod@4', 'ws@8'];
const ENTRY = 'node_modules/@openai/agents-extensions/dist/index.mjs';

export const PEER = 'TwilioRealtimeTransportLayer';

/**
 * Where the peer's package is, installed on first use outside of this project, which does without its 100 MB; null when
 * npm cannot get it.
 */
export function installPeer(): string | null {
  const folder = join(tmpdir(), 'bayline-bench-peer');
  const entry = join(folder, ENTRY);
  const command = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...PACKAGES];
  if (!existsSync(entry)) spawnSync('npm', command, { stdio: 'ignore' });
  return existsSync(entry) ? entry : null;
}

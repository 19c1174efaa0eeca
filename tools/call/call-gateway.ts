import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../src/config.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { PROMPTS } from '../voice/kept-voice.js';
import type { CallCommand } from './call-options.js';

/** The gateway that a call goes to. */
export interface CalledGateway {
  readonly url: string;
  /** What Twilio would sign. */
  readonly publicUrl: string;
  /** Started for this call alone. */
  readonly own: boolean;
  close(): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const REACH_TIMEOUT_MS = 10_000;
/** The first start from the source makes an empty database, which takes a slow machine a minute. */
const READY_TIMEOUT_MS = 180_000;
const READY_INTERVAL_MS = 100;

const Readiness = z.object({ status: z.string().optional(), missing: z.array(z.string()).optional() });

/** What answers at an address. `other`: perhaps a proxy in front of a gateway that does not pass `/health` on, as ours does not. */
type Found =
  | { readonly who: 'gateway' }
  | { readonly who: 'other'; readonly why: string }
  | { readonly who: 'nobody'; readonly why: string };

/**
 * The gateway at `--url`, or whatever answers there; when the default address was meant and no gateway is there, one of its own on a free port.
 * Rejects with `UNAVAILABLE` and a sentence.
 */
export async function findGateway(
  command: CallCommand,
  env: Environment,
  note: (text: string) => void,
): Promise<CalledGateway> {
  const { url, urlGiven } = command;
  const found = await reach(url);
  if (found.who !== 'gateway' && !urlGiven) {
    note(`No gateway at ${url} (${found.why}): starting one for this call.`);
    return await startGateway(env);
  }
  if (found.who === 'nobody')
    throw new GatewayError(
      'UNAVAILABLE',
      `No gateway answers at ${url} (${found.why}). Start one with "npm start", or leave --url out to have one started for this call.`,
    );
  if (found.who === 'other')
    note(
      `What answers at ${url} does not show a gateway (${found.why}), as behind a proxy: calling it all the same.`,
    );
  return { url, publicUrl: publicUrlOf(url, env), own: false, close: async () => {} };
}

async function reach(url: string): Promise<Found> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    const body: unknown = await response.json().catch(() => null);
    const isGateway = typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok';
    return isGateway ? { who: 'gateway' } : { who: 'other', why: `/health gave HTTP ${response.status}` };
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: null };
    return { who: 'nobody', why: summarize(cause).code ?? summarize(error).message };
  }
}

// A gateway on this machine signs for its public name; its default is localhost whatever address is dialled.
function publicUrlOf(url: string, env: Environment): string {
  const { hostname, port } = new URL(url);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (!isLocal) return url;
  return env.PUBLIC_URL || `http://localhost:${port || 80}`;
}

// Nothing of this demonstration may reach the shop's real data: no Redis, no database, no Twilio account. It is recorded where RECORD_DIR says.
const OWN_SETTINGS = {
  PORT: '0',
  HOST: '127.0.0.1',
  DATA_DIR: 'memory',
  LOG_LEVEL: 'warn',
  PUBLIC_URL: '',
  REDIS_URL: '',
  DATABASE_URL: '',
  TWILIO_ACCOUNT_SID: '',
} as const;

/** A gateway for this call alone, ready to be called. Rejects with `UNAVAILABLE` when it does not get ready. */
export async function startGateway(env: Environment): Promise<CalledGateway> {
  // Loaded on demand: a call to another gateway needs neither Express nor a database.
  const [{ loadConfig }, { createGateway }, { createLogger }, { LogOutput }] = await Promise.all([
    import('../../src/config.js'),
    import('../../src/gateway.js'),
    import('../../src/core/logger.js'),
    import('../../src/core/log-output.js'),
  ]);
  const config: Config = loadConfig({ ...env, ...OWN_SETTINGS });
  // Standard output is the call's.
  const logOutput = new LogOutput(2);
  const logger = createLogger({ level: config.logLevel, destination: logOutput });
  const gateway = await createGateway(config, { logger, logOutput, promptsDir: PROMPTS });
  const { url } = await gateway.listen();
  try {
    await untilReady(url);
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return { url, publicUrl: gateway.publicUrl, own: true, close: () => gateway.close() };
}

/**
 * A gateway answers calls before its database and its voice are ready: a demonstration waits for them. Rejects with `UNAVAILABLE` and a sentence
 * after `patienceMs`.
 */
export async function untilReady(url: string, patienceMs = READY_TIMEOUT_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const response = await fetch(new URL('/health/ready', url));
    const body: unknown = await response.json().catch(() => null);
    const { status, missing } = Readiness.catch({}).parse(body);
    if (response.ok && status === 'ok') return;
    if (performance.now() > deadline) {
      const lacks = missing ? `, without ${missing.join(' and ')}` : '';
      const after = `${Math.round(patienceMs / 1000)} s`;
      throw new GatewayError(
        'UNAVAILABLE',
        `The gateway at ${url} is still ${status} after ${after}${lacks}.`,
      );
    }
    await pause(READY_INTERVAL_MS);
  }
}

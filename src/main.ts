#!/usr/bin/env node
import cluster from 'node:cluster';
import { isatty } from 'node:tty';
import { type Config, loadConfig } from './config.js';
import { loadEnvFile } from './core/env-file.js';
import { GatewayError, summarize } from './core/errors.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger, terminalFormat } from './core/logger.js';
import { endProcess } from './core/process-end.js';
import { createGateway, type Gateway } from './gateway.js';
import { unspokenName } from './speech/unspoken-name.js';
import { joinCrew } from './workers/join-crew.js';
import { leadCrew } from './workers/lead-crew.js';

/** A second signal, or a fault nobody caught, does not wait for the calls any longer. */
const SHORTENED_DRAIN_MS = 10_000;

// A worker of several has copies, under numbers that the primary tells.
const outputFd = Number(process.env.BAYLINE_OUTPUT ?? 1);
const output = new LogOutput(outputFd, isatty(outputFd) ? { format: terminalFormat() } : {});
const errorOutput = new LogOutput(Number(process.env.BAYLINE_ERROR_OUTPUT ?? 2));
const end = (status: number) => endProcess(status, [output, errorOutput]);

async function main(): Promise<void> {
  // What a library or a thread prints may fail as well, and must not end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const warnings = loadEnvFile(process.env);
  const config = loadConfig(process.env);
  const logger = createLogger({ level: config.logLevel, destination: output });
  logWarnings(logger);
  const unspoken = unspokenName(config.shop.name);
  if (unspoken !== null) warnings.push(unspoken);
  if (cluster.isPrimary) for (const warning of warnings) logger.warn(warning);
  if (config.workers > 1 && cluster.isWorker) return work(config, logger);
  const { url, publicUrl } = await (config.workers > 1
    ? leadCrew({ config, logger, output, errorOutput, end })
    : serve(config, logger));
  logger.info({ url, public_url: publicUrl }, 'listening');
  errorOutput.write(welcome(url, config));
}

/** The gateway in this one process. */
async function serve(config: Config, logger: Logger): Promise<{ url: string; publicUrl: string }> {
  const gateway = await createGateway(config, { logger, logOutput: output });
  stopOnSignals(gateway, logger);
  const { url } = await gateway.listen();
  return { url, publicUrl: gateway.publicUrl };
}

/** One of several processes that are the gateway together: the primary tells when it listens and when it ends. */
async function work(config: Config, logger: Logger): Promise<void> {
  const own = logger.child({ worker: cluster.worker?.id });
  const crew = await joinCrew({ config, logger: own });
  try {
    await crew.serve(
      await createGateway(config, { logger: own, logOutput: output, siblings: crew.siblings }),
    );
  } catch (error) {
    await crew.failed(error);
    await end(1);
  }
}

function welcome(url: string, config: Config): string {
  const call = url === 'http://127.0.0.1:3000' ? 'npm run call' : `npm run call -- --url ${url}`;
  return [
    '',
    `  ${config.shop.name} answers.`,
    '',
    `  Front desk     ${url}/`,
    `  Health         ${url}/health/ready`,
    `  Voice webhook  POST ${config.publicUrl ?? url}/twilio/voice`,
    '',
    `  Try a call, in another terminal:  ${call}`,
    '',
    '',
  ].join('\n');
}

function stopOnSignals(gateway: Gateway, logger: Logger): void {
  let stopping = false;
  const stop = async (why: string, exitCode: number) => {
    if (stopping) return void gateway.shortenDrain(SHORTENED_DRAIN_MS);
    stopping = true;
    logger.info({ why }, 'Stopping: no new calls, the live ones finish');
    await gateway.drain();
    await gateway.close();
    logger.info({ why }, 'Stopped');
    await end(exitCode);
  };
  const fault = (error: unknown) => {
    logger.fatal({ err: error }, 'A fault nobody caught; the calls are handed over and the process ends');
    gateway.shortenDrain(SHORTENED_DRAIN_MS);
    void stop('fault', 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
}

/** Node writes its warnings by itself, and waits where nobody reads them. */
function logWarnings(logger: Logger): void {
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, 'Node.js warns'));
}

main().catch(async (error: unknown) => {
  const { message } = summarize(error);
  errorOutput.write(`${message}\n`);
  if (!(error instanceof GatewayError)) errorOutput.write(`${error instanceof Error ? error.stack : ''}\n`);
  await end(1);
});

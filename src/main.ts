import cluster from 'node:cluster';
import { type Config, loadConfig } from './config.js';
import { loadEnvFile } from './env-file.js';
import { GatewayError, summarize } from './errors.js';
import { createGateway, type Gateway } from './gateway.js';
import { createLogger, type Logger, terminalOutput } from './logger.js';
import { joinCrew } from './workers/join-crew.js';
import { leadCrew } from './workers/lead-crew.js';

/** A second signal, or a fault nobody caught, does not wait for the calls any longer. */
const HURRIED_MS = 10_000;

async function main(): Promise<void> {
  const warnings = loadEnvFile(process.env);
  const config = loadConfig(process.env);
  const destination = process.stdout.isTTY ? terminalOutput() : undefined;
  const logger = createLogger({ level: config.logLevel, ...(destination ? { destination } : {}) });
  if (cluster.isPrimary) for (const warning of warnings) logger.warn(warning);
  if (config.workers > 1 && cluster.isWorker) return work(config, logger);
  const { url, publicUrl } = await (config.workers > 1
    ? leadCrew({ config, logger })
    : serve(config, logger));
  logger.info({ url, public_url: publicUrl }, 'listening');
  process.stderr.write(welcome(url, config));
}

/** The gateway in this one process. */
async function serve(config: Config, logger: Logger): Promise<{ url: string; publicUrl: string }> {
  const gateway = await createGateway(config, { logger });
  stopOnSignals(gateway, logger);
  const { url } = await gateway.listen();
  return { url, publicUrl: gateway.publicUrl };
}

/** One of several processes that are the gateway together: the primary tells when it listens and when it ends. */
async function work(config: Config, logger: Logger): Promise<void> {
  const own = logger.child({ worker: cluster.worker?.id });
  const crew = await joinCrew({ config, logger: own });
  try {
    await crew.serve(await createGateway(config, { logger: own, siblings: crew.siblings }));
  } catch (error) {
    await crew.failed(error);
    process.exit(1);
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
    if (stopping) return void gateway.hurry(HURRIED_MS);
    stopping = true;
    logger.info({ why }, 'Stopping: no new calls, the live ones finish');
    await gateway.drain();
    await gateway.close();
    logger.info({ why }, 'Stopped');
    process.exit(exitCode);
  };
  const fault = (error: unknown) => {
    logger.fatal({ err: error }, 'A fault nobody caught; the calls are handed over and the process ends');
    gateway.hurry(HURRIED_MS);
    void stop('fault', 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
}

main().catch((error: unknown) => {
  const { message } = summarize(error);
  process.stderr.write(`${message}\n`);
  if (!(error instanceof GatewayError))
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  process.exit(1);
});

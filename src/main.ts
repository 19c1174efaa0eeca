import { existsSync } from 'node:fs';
import { type Config, loadConfig } from './config.js';
import { GatewayError, summarize } from './errors.js';
import { createGateway, type Gateway } from './gateway.js';
import { createLogger, type Logger, terminalOutput } from './logger.js';

/** A second signal, or a fault nobody caught, does not wait for the calls any longer. */
const HURRIED_MS = 10_000;

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const destination = process.stdout.isTTY ? terminalOutput() : undefined;
  const logger = createLogger({ level: config.logLevel, ...(destination ? { destination } : {}) });
  const gateway = await createGateway(config, { logger });
  stopOnSignals(gateway, logger);
  const { url } = await gateway.listen();
  logger.info({ url, public_url: gateway.publicUrl }, 'listening');
  process.stderr.write(welcome(url, config));
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

import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type Config, loadConfig } from './config.js';
import { loadEnvFile } from './core/env-file.js';
import { GatewayError, summarize } from './core/errors.js';
import { endOnSignals, endProcess } from './core/lifecycle.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger, terminalFormat } from './core/logger.js';
import { VERSION } from './core/version.js';
import { createGateway } from './gateway.js';
import { unspokenName } from './speech/speakable.js';

const output = new LogOutput(1, isatty(1) ? { format: terminalFormat() } : {});
const errorOutput = new LogOutput(2);
const outputs = [output, errorOutput];

const USAGE = `Serves the gateway until a signal ends it.

Usage: bayline

  --help       this text
  --version    the version of the gateway

Settings come from the environment, and from .env in the folder in which it is started.
Exit status: 0 after a signal, 1 if it cannot start or go on, 2 for a wrong option.`;

/** The gateway as a program: it runs until a signal ends it, or says why it cannot. */
export async function runProgram(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<void> {
  const [first] = args;
  if (first !== undefined) return answer(first);
  try {
    await serve(env);
  } catch (error) {
    const { message } = summarize(error);
    errorOutput.write(`${message}\n`);
    if (!(error instanceof GatewayError)) errorOutput.write(`${error instanceof Error ? error.stack : ''}\n`);
    await endProcess(1, outputs);
  }
}

async function answer(argument: string): Promise<void> {
  const text = { '--help': USAGE, '-h': USAGE, '--version': VERSION }[argument];
  if (text === undefined)
    errorOutput.write(`${argument} is no option of this command\nSee: bayline --help\n`);
  else output.write(`${text}\n`);
  await endProcess(text === undefined ? 2 : 0, outputs);
}

async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  // What a library or a thread prints may fail as well, and must not end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const warnings = loadEnvFile(env);
  const config = loadConfig(env);
  const logger = createLogger({ level: config.logLevel, destination: output });
  logWarnings(logger);
  const unspoken = config.shop.name === undefined ? null : unspokenName(config.shop.name);
  if (unspoken !== null) warnings.push(unspoken);
  for (const warning of warnings) logger.warn(warning);
  const gateway = await createGateway(config, { logger, logOutput: output });
  endOnSignals(gateway, { logger, outputs });
  const { url, ready } = await gateway.listen();
  logger.info({ url, public_url: gateway.publicUrl }, 'listening');
  if (await ready) errorOutput.write(welcome(url, gateway.shopName, config));
}

function welcome(url: string, shopName: string, config: Config): string {
  const call = url === 'http://127.0.0.1:3000' ? 'npm run call' : `npm run call -- --url ${url}`;
  // The published package and the image have no such command.
  const isRepository = existsSync('tools/call/call.ts');
  return [
    '',
    `  ${shopName} answers.`,
    '',
    `  Call it from the browser:  ${url}/phone`,
    '',
    `  Agent          ${agentOf(config)}`,
    `  Front desk     ${url}/`,
    `  Health         ${url}/health/ready`,
    `  Voice webhook  POST ${config.publicUrl ?? url}/twilio/voice`,
    '',
    ...(isRepository ? [`  Or from another terminal:  ${call}`, ''] : []),
    '',
  ].join('\n');
}

/** Who talks with callers, by the settings. */
function agentOf({ agent, realtime }: Config): string {
  if (agent === 'echo') return 'echo';
  if (agent === 'keypad') return 'touch-tone menu';
  return `voice model ${realtime.model} at ${new URL(realtime.url).host}; touch-tone menu when it fails`;
}

/** Node writes its warnings by itself, and waits where nobody reads them. */
function logWarnings(logger: Logger): void {
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, 'Node.js warns'));
}

import { loadEnvFile } from '../env-file.js';
import { GatewayError, summarize } from '../errors.js';
import { runConformance } from '../simulator/conformance/conformance-run.js';
import { coverageOf, titleOf } from '../simulator/conformance/coverage.js';
import { LIMITS } from '../simulator/conformance/limits.js';
import { SharedTicker } from '../simulator/ticker.js';
import { LINT_USAGE, type LintCommand, parseLintOptions } from './lint-options.js';
import { isOk, lintJson, lintText } from './lint-report.js';
import { lintSpeech } from './lint-speech.js';
import { createTarget } from './lint-target.js';

const CALLED = '+15555550100';

async function main(): Promise<number> {
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const command = parseLintOptions(process.argv.slice(2), process.env);
  if (!command) {
    process.stdout.write(`${LINT_USAGE}\n`);
    return 0;
  }
  return await lint(command);
}

async function lint(command: LintCommand): Promise<number> {
  const ticker = new SharedTicker();
  const beganAt = ticker.now();
  // The address may hold a token: only its origin is shown.
  remark(command, `Checking ${new URL(command.entry.url).host}\n\n`);
  const { findings, traces } = await runConformance({
    target: createTarget(command),
    ticker,
    limits: LIMITS,
    skip: command.skip,
    from: command.from,
    to: CALLED,
    callSid: command.callSid,
    keys: command.keys,
    speech: lintSpeech(command.wav),
    onCall: (call) => {
      const seconds = ((ticker.now() - beganAt) / 1000).toFixed(1);
      remark(command, `${`${seconds} s`.padStart(8)}  ${titleOf(call)}\n`);
    },
  });
  const coverage = coverageOf(traces);
  const columns = process.stdout.columns || 110;
  process.stdout.write(
    command.json ? lintJson(findings, coverage) : `\n${lintText(findings, coverage, columns)}`,
  );
  return isOk(findings) ? 0 : 1;
}

function remark({ json }: LintCommand, text: string): void {
  (json ? process.stderr : process.stdout).write(text);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${summarize(error).message}\n`);
    const isUsage = error instanceof GatewayError && error.code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('See: npm run lint:stream -- --help\n');
    process.exitCode = isUsage ? 2 : 1;
  },
);

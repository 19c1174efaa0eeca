import { runConformance } from '../conformance/conformance-run.js';
import { coverageOf, titleOf } from '../conformance/coverage.js';
import { LIMITS } from '../conformance/limits.js';
import { messageOf, SimulatorError } from '../error.js';
import { SharedTicker } from '../ticker.js';
import { type LintCommand, lintUsage, parseLintOptions } from './lint-options.js';
import { isOk, lintJson, lintText } from './lint-report.js';
import { lintSpeech } from './lint-speech.js';
import { createTarget } from './lint-target.js';

const CALLED = '+15555550100';

/**
 * The command `twilio-lint`: checks a Media Streams server and prints what it found. Gives the exit status: 0 without errors, 1 with errors
 * or when the server cannot be checked, 2 for wrong options. `env`: TWILIO_AUTH_TOKEN signs; `name`: what it is called as.
 */
export async function lintStream(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  name = 'twilio-lint',
): Promise<number> {
  try {
    const command = parseLintOptions(args, env);
    if (command) return await lint(command);
    process.stdout.write(`${lintUsage(name)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    const isUsage = error instanceof SimulatorError && error.code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('Run it with --help to see its options.\n');
    return isUsage ? 2 : 1;
  }
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

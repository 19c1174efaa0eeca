import { checkRecordable, readCallerVoice, writeRecording } from '../caller-recording.js';
import { messageOf, SimulatorError } from '../error.js';
import type { TwilioCall } from '../twilio-call.js';
import { TwilioSimulator } from '../twilio-simulator.js';
import { eventLine, jsonLine } from './call-json.js';
import { CALL_USAGE, type CallCommand, parseCallOptions } from './call-options.js';
import { CallScreen } from './call-screen.js';
import { type CallSummary, summaryOf } from './call-summary.js';
import { showEvent, showSummary } from './call-text.js';
import { takeSteps } from './caller-steps.js';
import { openKeypad } from './keypad.js';

/** The command `twilio-call`: places one call and shows it. Gives the exit status; `env`: TWILIO_AUTH_TOKEN signs. */
export async function placeCall(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const command = parseCallOptions(args, env);
    if (command) return await call(command, Boolean(env.NO_COLOR));
    process.stdout.write(`${CALL_USAGE}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    const isUsage = error instanceof SimulatorError && error.code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('Run it with --help to see its options.\n');
    return isUsage ? 2 : 1;
  }
}

async function call(command: CallCommand, isPlain: boolean): Promise<number> {
  const { url, publicUrl, authToken, statusPath, from, to, stir, steps, wav, record } = command;
  const voice = wav === null ? null : readCallerVoice(wav);
  if (record !== null) checkRecordable(record);
  const twilio = new TwilioSimulator({
    gatewayUrl: url.origin,
    voicePath: `${url.pathname}${url.search}`,
    statusPath,
    ...(publicUrl === null ? {} : { publicUrl }),
    ...(authToken === null ? {} : { authToken }),
  });
  const output = command.json ? jsonOutput() : textOutput(isPlain);
  const placed = twilio.call({ from, to, stir, patienceMs: Number.POSITIVE_INFINITY });
  placed.onEvent(output.event);
  if (voice) placed.setVoice(voice);
  const release = takeControls(placed, steps === null);
  void takeSteps(placed, { steps: steps ?? [] });
  const summary = summaryOf(await placed.untilEnded(), record);
  release();
  output.summary(summary);
  if (record !== null) writeRecording(record, placed.record);
  return summary.ok ? 0 : 1;
}

interface Output {
  readonly event: Parameters<TwilioCall['onEvent']>[0];
  readonly summary: (summary: CallSummary) => void;
}

function jsonOutput(): Output {
  return {
    event: (event) => void process.stdout.write(eventLine(event)),
    summary: (summary) => void process.stdout.write(jsonLine({ event: 'summary', ...summary })),
  };
}

function textOutput(isPlain: boolean): Output {
  const { isTTY, columns } = process.stdout;
  const write = (text: string) => void process.stdout.write(text);
  const screen = new CallScreen({ write, columns: columns || 100, colour: Boolean(isTTY) && !isPlain });
  return {
    event: (event) => {
      if (event.kind === 'agent-speaks') screen.line(event.at, 'agent', 'speaks');
      else showEvent(screen, event);
    },
    summary: (summary) => showSummary(screen, summary),
  };
}

/** Ctrl-C, and in a terminal the keyboard if it `isKeypad`, belong to the call until the returned function gives them back. */
export function takeControls(call: TwilioCall, isKeypad: boolean): () => void {
  const hangUp = () => void call.hangUp();
  const press = (key: string) => {
    if (call.state === 'streaming') call.press(key);
  };
  const isUsed = isKeypad && process.stdin.isTTY;
  const leaveKeypad = isUsed ? openKeypad(process.stdin, press, hangUp) : () => {};
  process.once('SIGINT', hangUp);
  return () => {
    process.off('SIGINT', hangUp);
    leaveKeypad();
  };
}

import { CallScreen } from '../../packages/twilio-simulator/src/call-command/call-screen.js';
import { takeControls } from '../../packages/twilio-simulator/src/call-command/place-call.js';
import {
  checkRecordable,
  readCallerVoice,
  writeRecording,
} from '../../packages/twilio-simulator/src/caller-recording.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { loadEnvFile } from '../../src/core/env-file.js';
import { summarize } from '../../src/core/errors.js';
import { CallApi } from './call-api.js';
import { findGateway, startGateway } from './call-gateway.js';
import { type CallCommand, parseCallOptions, USAGE } from './call-options.js';
import type { CallOutput } from './call-output.js';
import { speakPhrases } from './caller-phrases.js';
import { JsonCallOutput } from './json-call-output.js';
import { type PlayedCallOptions, playCall } from './played-call.js';
import { callerStepsOf, readModelScript, ScriptedModel } from './scripted-model.js';
import { TextCallOutput } from './text-call-output.js';

async function main(): Promise<number> {
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const command = parseCallOptions(process.argv.slice(2));
  if (!command) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const wav = command.wav === null ? null : readCallerVoice(command.wav);
  if (command.record !== null) checkRecordable(command.record);
  const script = command.modelScript === null ? null : await readModelScript(command.modelScript);
  const steps = command.steps ?? (script ? callerStepsOf(script) : null);
  const voice = await speakPhrases(steps ?? []);
  const { modelProfile: profile } = command;
  const model = script && new ScriptedModel({ script, profile, isCallerScripted: command.steps === null });
  try {
    return await call({ ...command, steps }, { wav, voice, model });
  } finally {
    await model?.close();
  }
}

async function call(
  command: CallCommand,
  sides: Pick<PlayedCallOptions, 'wav' | 'voice' | 'model'>,
): Promise<number> {
  const { steps, record } = command;
  const output = createOutput(command);
  if (sides.model) output.note('Starting a gateway, and a scripted model, for this call.');
  const gateway = sides.model
    ? await startGateway({ ...process.env, ...(await sides.model.listen()) })
    : await findGateway(command, process.env, (text) => output.note(text));
  try {
    const adminToken = process.env.ADMIN_TOKEN || undefined;
    const authToken = process.env.TWILIO_AUTH_TOKEN || undefined;
    const api = new CallApi(gateway.url, adminToken);
    output.note(introduction(command, gateway.url));
    const release: (() => void)[] = [];
    const onRinging = (call: TwilioCall) => release.push(takeControls(call, steps === null));
    const settings = { command, steps: steps ?? [], gateway, authToken, adminToken };
    const played = await playCall({ ...settings, ...sides, output, api, onRinging });
    for (const free of release) free();
    output.summary(played.summary);
    if (record !== null) writeRecording(record, played.record);
    return played.summary.ok && (played.summary.modelBreaches ?? []).length === 0 ? 0 : 1;
  } finally {
    await gateway.close();
  }
}

function createOutput({ json }: CallCommand): CallOutput {
  const write = (text: string) => void process.stdout.write(text);
  if (json) return new JsonCallOutput(write, (text) => void process.stderr.write(text));
  const { isTTY, columns } = process.stdout;
  return new TextCallOutput(
    new CallScreen({ write, columns: columns || 100, colour: Boolean(isTTY) && !process.env.NO_COLOR }),
  );
}

function introduction({ from, stir, steps }: CallCommand, url: string): string {
  const attested = stir === null ? 'without attestation' : `attestation ${stir}`;
  const keypad = usesKeyboard(steps) ? ' Keys 0-9 * #; q hangs up.' : '';
  return `Calling ${url} as ${from}, ${attested}.${keypad}\n`;
}

function usesKeyboard(steps: CallCommand['steps']): boolean {
  return Boolean(process.stdin.isTTY) && steps === null;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${summarize(error).message}\n`);
    const isUsage = summarize(error).code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('See: npm run call -- --help\n');
    process.exitCode = isUsage ? 2 : 1;
  },
);

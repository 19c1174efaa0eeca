import { parseArgs } from 'node:util';
import { lintStream } from '../../packages/twilio-simulator/src/lint/lint-stream.js';
import { loadEnvFile } from '../../src/core/env-file.js';
import { summarize } from '../../src/core/errors.js';
import { lintRecordingFile, RECORDING_USAGE } from './lint-recording.js';

// `npm run lint:stream`: the linter with the gateway's own settings, so that a token in .env signs; and over recorded calls.
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { recording: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    strict: false,
  });
  if (typeof values.recording === 'string' && !values.help) {
    const columns = process.stdout.columns || 110;
    return await lintRecordingFile(values.recording, values.json === true, columns);
  }
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const status = await lintStream(args, process.env, 'npm run lint:stream --');
  if (values.help) process.stdout.write(`${RECORDING_USAGE}\n`);
  return status;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${summarize(error).message}\n`);
  const isUsage = summarize(error).code === 'BAD_REQUEST';
  if (isUsage) process.stderr.write('See: npm run lint:stream -- --help\n');
  process.exitCode = isUsage ? 2 : 1;
}

import { lintStream } from '../../packages/twilio-simulator/src/lint/lint-stream.js';
import { loadEnvFile } from '../../src/core/env-file.js';

// `npm run lint:stream`: the linter with the gateway's own settings, so that a token in .env signs.
for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
process.exitCode = await lintStream(process.argv.slice(2), process.env, 'npm run lint:stream --');

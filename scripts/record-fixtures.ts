import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { callFixture } from '../src/cli/call-fixture.js';
import { replayVerdict } from '../src/cli/replay-verdict.js';
import { replayCall } from '../src/cli/replayed-fixture.js';
import { loadConfig } from '../src/config.js';
import { createGateway } from '../src/gateway.js';
import { createLogger } from '../src/logger.js';
import { parseCall } from '../src/recordings/recording.js';
import { createReplayVoice } from '../src/replay-voice-folder.js';
import { TwilioSimulator } from '../src/simulator/twilio-simulator.js';
import type { TextToSpeech } from '../src/speech/text-to-speech.js';
import { TcpProxy } from '../test/support/tcp-proxy.js';
import { SCENARIOS, type Stage } from './fixture-scenarios.js';

// Records the calls of fixtures/streams anew, all of them or those named: a gateway with the demo shop and its real voice, called by
// the simulator in real time; each recording is replayed and compared, and then kept with the times of the replay.

const FOLDER = 'fixtures/streams';
const RESUME_WINDOW_SECONDS = 5;
/** At once: more make a slow machine late, and late is what is recorded. */
const CALLS_AT_ONCE = 4;

async function record(names: readonly string[], folder: string): Promise<Map<string, string>> {
  // A voice of its own: the gateway closes it.
  const voice = await createReplayVoice();
  const gateway = await createGateway(
    loadConfig({
      PORT: '0',
      HOST: '127.0.0.1',
      PUBLIC_URL: 'http://127.0.0.1',
      DATA_DIR: 'memory',
      TRANSFER_NUMBER: '+15125550190',
      RECORD_DIR: folder,
      RESUME_WINDOW_SECONDS: String(RESUME_WINDOW_SECONDS),
    }),
    {
      voice,
      logger: createLogger({
        level: 'error',
        destination: { write: (line) => void process.stderr.write(line) },
      }),
    },
  );
  const { url, port } = await gateway.listen();
  const network = await TcpProxy.listen({ host: '127.0.0.1', port });
  const { publicUrl } = gateway;
  const twilio = new TwilioSimulator({ gatewayUrl: url, publicUrl });
  const farTwilio = new TwilioSimulator({ gatewayUrl: `http://127.0.0.1:${network.port}`, publicUrl });
  await untilReady(url);
  const calls = await playAll(names, { url, publicUrl, twilio, farTwilio, network });
  // A call that nobody ended is given up by then.
  await pause((RESUME_WINDOW_SECONDS + 1) * 1000);
  await Promise.all([twilio.close(), farTwilio.close()]);
  await gateway.close();
  await network.close();
  return calls;
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const response = await fetch(`${url}/health/ready`);
    if (response.ok && (await response.text()).includes('"status":"ok"')) return;
    await pause(100);
  }
  throw new Error('The gateway is not ready after a minute');
}

async function playAll(names: readonly string[], stage: Stage): Promise<Map<string, string>> {
  const calls = new Map<string, string>();
  const waiting = [...names];
  const playSome = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const callSid = await SCENARIOS[name]?.(stage).catch((error: unknown) => String(error));
      const isCall = callSid?.startsWith('CA') ?? false;
      if (callSid !== undefined && isCall) calls.set(name, callSid);
      else process.exitCode = 1;
      process.stdout.write(
        `${name} ${isCall ? 'is recorded' : `is not recorded: ${callSid ?? 'no such scenario'}`}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, playSome));
  return calls;
}

/** Gives whether the replay went as the recording, and once more as itself. */
async function keep(name: string, text: string, voice: TextToSpeech): Promise<boolean> {
  const streams = parseCall(text, name);
  const replayed = await replayCall(streams, voice);
  const again = await replayCall(replayed.streams, voice);
  await writeFile(join(FOLDER, `${name}.ndjson`), replayed.text);
  const lines = [
    ...replayVerdict(streams, replayed, null),
    ...replayVerdict(replayed.streams, again, null).map((line) => `the second time, ${line}`),
  ];
  const verdict = lines.length === 0 ? 'replays as recorded' : 'differs:';
  const size = `${(replayed.text.length / 1024).toFixed(0)} kB`;
  process.stdout.write([`${name}: ${size}, ${verdict}`, ...lines, ''].join('\n'));
  return lines.length === 0;
}

const named = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(SCENARIOS);
const folder = await mkdtemp(join(tmpdir(), 'bayline-fixtures-'));
const voice = await createReplayVoice();
try {
  const calls = await record(names, folder);
  await mkdir(FOLDER, { recursive: true });
  for (const [name, callSid] of calls)
    if (!(await keep(name, await callFixture(folder, callSid), voice))) process.exitCode = 1;
} finally {
  await voice.close();
  await rm(folder, { recursive: true, force: true });
}

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toneVoice } from '../packages/realtime-simulator/src/audio/tone-voice.js';
import { RealtimeSimulator } from '../packages/realtime-simulator/src/realtime-simulator.js';
import { TwilioSimulator } from '../packages/twilio-simulator/src/twilio-simulator.js';
import { loadConfig } from '../src/config.js';
import { createGateway } from '../src/gateway.js';
import { withVoice } from '../tools/call/scripted-model.js';
import { PROMPTS } from '../tools/voice/kept-voice.js';
import { logSink } from './support/log-sink.js';
import { freePort } from './support/redis-server.js';
import { AUTH_TOKEN, NO_DATABASE } from './support/test-gateway.js';

/** The welcome, the question behind it, and what a caller hears who was cut off. */
const KEPT_SENTENCES = 3;

describe('the greeting of the talking agent', () => {
  it('is in the model’s own voice once that was made, and is kept in the data folder for the next start', {
    timeout: 180_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bayline-greeting-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const first = await greetedBy(folder, port);
    expect(first).toMatchObject({ breaches: [] });
    expect(first.sessionsBefore).toBeGreaterThan(0);
    const second = await greetedBy(folder, port);
    expect(second).toMatchObject({ breaches: [], sessionsBefore: 0 });
  });
});

/**
 * Starts a gateway in this folder and calls it when its greeting is there; rejects when the caller does not hear the model's voice. `sessionsBefore`: how many the model had until then.
 */
async function greetedBy(folder: string, port: number) {
  // A tone for each word: nothing that our own voice says sounds like it.
  const model = new RealtimeSimulator({ script: withVoice({}) });
  const REALTIME_URL = await model.listen(port);
  const given = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: folder, TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  const config = loadConfig({ ...given, ...NO_DATABASE, REALTIME_URL, OPENAI_API_KEY: 'scripted' });
  const gateway = await createGateway(config, { logger: logSink().logger, promptsDir: PROMPTS });
  const { url: gatewayUrl } = await gateway.listen();
  const twilio = new TwilioSimulator({ gatewayUrl, publicUrl: gateway.publicUrl, authToken: AUTH_TOKEN });
  try {
    await vi.waitFor(async () => expect(await keptIn(folder)).toBe(KEPT_SENTENCES), { timeout: 60_000 });
    const sessionsBefore = model.sessions.length;
    const said = toneVoice(`Thank you for calling ${gateway.shopName}.`);
    const beginning = Buffer.from(said.subarray(800, 4000));
    // What is kept is read behind the start: a call that comes before is greeted in our own voice.
    const hearsTheModel = async () => {
      const call = twilio.call({ from: '+15125550177' });
      await call.untilSpeaking();
      const heard = () => expect(call.record.heardAudio().includes(beginning)).toBe(true);
      await vi.waitFor(heard, { timeout: 5000 }).finally(() => call.hangUp());
    };
    await vi.waitFor(hearsTheModel, { timeout: 60_000 });
    return { sessionsBefore, breaches: model.breaches };
  } finally {
    await twilio.close();
    await gateway.close();
    await model.close();
  }
}

async function keptIn(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'model-prompts'), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).length;
}

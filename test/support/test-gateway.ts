import { expect, onTestFinished, vi } from 'vitest';
import type { TwilioCall, TwilioCallOptions } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { loadConfig } from '../../src/config.js';
import { createGateway, type Overrides } from '../../src/gateway.js';
import type { Session } from '../../src/sessions/session.js';
import type { Speech, TextToSpeech } from '../../src/speech/text-to-speech.js';
import { logSink } from './log-sink.js';

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
export const TRANSFER_NUMBER = '+15125550190';
/** For a gateway whose calls need no database: its own takes a second of CPU to start. */
export const NO_DATABASE = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };

/** Says every sentence in 60 ms of a tone: what is said is tested elsewhere, here a call must be quick. */
export class QuickVoice implements TextToSpeech {
  readonly said: string[] = [];

  async synthesize(text: string): Promise<Speech> {
    this.said.push(text);
    return { audio: Buffer.alloc(480, 0x2a) };
  }

  async close(): Promise<void> {}
}

/** Says every sentence in 3 s of a soft sound, so that there is time to interrupt it. */
export class SlowVoice implements TextToSpeech {
  async synthesize(): Promise<Speech> {
    return { audio: Buffer.alloc(24_000, 0x7a) };
  }

  async close(): Promise<void> {}
}

/** Its callers wait for a busy machine. */
class PatientTwilio extends TwilioSimulator {
  override call(options: TwilioCallOptions = {}): TwilioCall {
    return super.call({ patienceMs: 40_000, ...options });
  }
}

export interface TestGateway {
  readonly url: string;
  readonly twilio: TwilioSimulator;
  readonly log: ReturnType<typeof logSink>;
  readonly gateway: Awaited<ReturnType<typeof createGateway>>;
  get<T>(path: string): Promise<T>;
  /** The live session of a call; undefined when it is not live on this gateway. */
  live(callSid: string): Promise<Session | undefined>;
  /** Which of these calls are live. On a Redis that test files share, `/api/live` shows the calls of the others' gateways too. */
  liveAmong(callSids: readonly string[]): Promise<string[]>;
}

/** A gateway with signatures on, as it runs in production, and a Twilio that calls it; both closed when the test is over (`whenFinished`: when a file is). */
export async function startGateway(
  env: Record<string, string> = {},
  voice: TextToSpeech = new QuickVoice(),
  whenFinished: (end: () => Promise<void>) => void = onTestFinished,
  createAgent?: Overrides['createAgent'],
): Promise<TestGateway> {
  const log = logSink('debug');
  const config = loadConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: 'memory',
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    TRANSFER_NUMBER,
    LOG_LEVEL: 'debug',
    ...env,
  });
  const gateway = await createGateway(config, {
    logger: log.logger,
    voice,
    ...(createAgent ? { createAgent } : {}),
  });
  const { url } = await gateway.listen();
  const twilio = new PatientTwilio({
    gatewayUrl: url,
    publicUrl: gateway.publicUrl,
    authToken: AUTH_TOKEN,
  });
  whenFinished(async () => {
    await twilio.close();
    await gateway.close();
  });
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`);
    return (await response.json()) as T;
  };
  const sessions = async () => (await get<{ live: Session[] }>('/api/live')).live;
  const live = async (callSid: string) => (await sessions()).find(({ call_sid }) => call_sid === callSid);
  const liveAmong = async (callSids: readonly string[]) =>
    (await sessions()).map(({ call_sid }) => call_sid).filter((callSid) => callSids.includes(callSid));
  return { url, twilio, log, gateway, get, live, liveAmong };
}

/** Settles when the database answers and, where there is one, the demo shop is in it. */
export async function shopIsReady({ get, log }: TestGateway): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await get('/api/customers?limit=1')).toHaveProperty('customers');
      expect(log.text()).toMatch(/filled with a demo shop|"embedded":false/);
    },
    { timeout: 100_000, interval: 20 },
  );
}

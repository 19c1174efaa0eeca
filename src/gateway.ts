import type { AgentFactory } from './agents/agent.js';
import { createAgents, createTalking } from './agents-wiring.js';
import { createVoicedSpeechDetector, type VoiceActivityFactory } from './audio/vad/voice-activity.js';
import type { Config } from './config.js';
import { EventLoopAlarm } from './core/event-loop-watch.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger } from './core/logger.js';
import { Metrics } from './core/metrics.js';
import { RunningGateway } from './server/running-gateway.js';
import { createServer } from './server/server.js';
import type { TextToSpeech } from './speech/text-to-speech.js';
import { createLine, createRecorder, createSpeech, createStores, createVoice, openShop } from './wiring.js';

export type { Agent, AgentFactory, CallControl } from './agents/agent.js';
export type { SpeechEvent, VoiceActivity, VoiceActivityFactory } from './audio/vad/voice-activity.js';
export { type Config, loadConfig } from './config.js';
export type { TextToSpeech };

/** Parts that a test or an embedding program brings itself. */
export interface Overrides {
  readonly logger?: Logger;
  /** Where the logger writes: its drops are counted in the metrics. */
  readonly logOutput?: Pick<LogOutput, 'dropped'>;
  readonly voice?: TextToSpeech;
  /** Finds the caller's speech; absent: the detector of `audio/`. */
  readonly voiceActivity?: VoiceActivityFactory;
  /** Makes the agent of each call in place of the configured one; when it fails twice on a call, the touch-tone agent goes on. */
  readonly createAgent?: AgentFactory;
}

// What an agent of one's own is written with.
export type { AgentFault, AgentReport, OpenOptions, OpenUtterance, ResponseTrigger } from './agents/agent.js';
export type { Sayable, SpokenPiece } from './twilio/spoken-piece.js';
export type { Heard } from './twilio/utterance.js';

/** One gateway of a shop. */
export interface Gateway {
  /** The origin Twilio sees; known once it listens. */
  readonly publicUrl: string;
  /**
   * Rejects with a clear sentence when the address cannot be used. `ready` settles with true when `/health/ready` answers 200, with false
   * when the gateway stops before.
   */
  listen(): Promise<{ url: string; port: number; ready: Promise<boolean> }>;
  /** Takes no new calls and settles when the live ones have ended, at most after the drain timeout. Never rejects. */
  drain(): Promise<void>;
  /** Shortens a drain to at most so many milliseconds from now. */
  shortenDrain(ms: number): void;
  /** Hands over what is still live and releases everything; settles within seconds whatever is stopped. */
  close(): Promise<void>;
}

/** Wires a gateway from its settings. It answers at once: database and voice get ready behind it. */
export async function createGateway(config: Config, overrides: Overrides = {}): Promise<Gateway> {
  const { logger, logOutput } = logOf(config, overrides);
  const context = { config, logger, metrics: new Metrics(), closing: new AbortController() };
  if (logOutput) context.metrics.watchLog(logOutput);
  const stores = createStores(context);
  const shop = await openShop(context, stores);
  const { voice, warmUp, tidy } = await createVoice(context, overrides.voice);
  const speech = createSpeech(context, voice);
  const talking = overrides.createAgent
    ? null
    : createTalking(context, speech, overrides.voice !== undefined);
  const agents = createAgents(context, shop, speech, talking, overrides.createAgent);
  const createDetector = overrides.voiceActivity ?? createVoicedSpeechDetector;
  const recorder = createRecorder(context);
  const line = createLine(context, stores, shop, speech, agents, createDetector, recorder, (callSid) =>
    talking?.expect(callSid),
  );
  // Twilio may have gone on at another gateway meanwhile: then its calls are no longer ours, and what ours still say nobody hears.
  const alarm = new EventLoopAlarm({ ...context, onStalled: () => void line.registry.verify() });
  alarm.start();
  const server = createServer({
    ...context,
    ...shop,
    line,
    store: stores.store,
    fleet: stores.fleet,
    isDatabaseUp: async () => (await shop.database.check()).status === 'up',
    shop: config.shop,
    authToken: config.twilio.authToken,
    writtenOrigin: config.publicUrlAsWritten,
    adminToken: config.adminToken,
    keepAliveSeconds: config.keepAliveSeconds,
    fastRead: config.fastRead,
  });
  const release = async () => {
    await talking?.close();
    await Promise.all([shop.callLog.close(), recorder?.close(), stores.fleet.close()]);
    await Promise.all([stores.store.close(), shop.database.close(), speech.voice.close()]);
    alarm.stop();
  };
  // A database of our own is part of this gateway; without a shared one it serves all the same.
  const ownDatabase = shop.database.embedded ? shop.database.ready.catch(() => undefined) : undefined;
  const prepare = async () => {
    void talking?.prepareGreeting();
    const goOn = () => void warmUp().then(speech.prepareAll).then(tidy);
    await Promise.all([speech.prepareGreeting().then(goOn), ownDatabase]);
  };
  return new RunningGateway({ ...context, line, server, prepare, release });
}

function logOf({ logLevel: level }: Config, { logger, logOutput }: Overrides) {
  if (logger) return { logger, logOutput };
  const destination = new LogOutput(1);
  return { logger: createLogger({ level, destination }), logOutput: destination };
}

import type { AgentFactory } from './agents/agent.js';
import { createAgents, createTalking, type Talking } from './agents-wiring.js';
import { createVoicedSpeechDetector, type VoiceActivityFactory } from './audio/vad/voice-activity.js';
import type { Config } from './config.js';
import { withDeadline } from './core/errors.js';
import { watchEventLoop } from './core/event-loop-watch.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger } from './core/logger.js';
import { Metrics } from './core/metrics.js';
import { slowOperations } from './core/slow-operations.js';
import type { Database } from './database/database.js';
import { createPrivacy } from './privacy-wiring.js';
import { createRecorders } from './recordings-wiring.js';
import { RunningGateway } from './server/running-gateway.js';
import { createServer } from './server/server.js';
import type { TextToSpeech } from './speech/text-to-speech.js';
import { createSpeech, createVoice, type PreparedSpeech } from './speech-wiring.js';
import { createLine, createStores, type GatewayContext, openShop } from './wiring.js';

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
  /** A folder of its own for what our voice says to every caller, kept for the next start. Absent: `prompts` in `DATA_DIR`, where that is a folder. */
  readonly promptsDir?: string;
  /** Finds the caller's speech; absent: the detector of `audio/`. */
  readonly voiceActivity?: VoiceActivityFactory;
  /** Makes the agent of each call in place of the configured one; when it fails twice on a call, the touch-tone agent goes on. */
  readonly createAgent?: AgentFactory;
}

// What an agent of one's own is written with.
export type {
  AgentFailure,
  AgentFault,
  AgentReport,
  OpenOptions,
  OpenUtterance,
  ResponseTrigger,
} from './agents/agent.js';
export type { Sayable, SpokenPiece } from './twilio/spoken-piece.js';
export type { Heard } from './twilio/utterance.js';

/** Callers who come before the shop was read are greeted for the one that the environment and the defaults give. */
const SHOP_KNOWN_MS = 1000;

/** One gateway of a shop. */
export interface Gateway {
  /** The origin Twilio sees; known once it listens. */
  readonly publicUrl: string;
  /** As callers hear it now. */
  readonly shopName: string;
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
  const context = contextOf(config, overrides);
  const stores = createStores(context);
  const shop = await openShop(context, stores);
  const { current } = shop;
  const speech = createSpeech(context, await createVoice(context, current, overrides), current);
  const talking = overrides.createAgent
    ? null
    : createTalking(context, speech, overrides.voice !== undefined);
  const agents = createAgents(context, shop, speech, talking, overrides.createAgent);
  const createDetector = overrides.voiceActivity ?? createVoicedSpeechDetector;
  const { recorder, ...recorders } = createRecorders(context, speech);
  const line = createLine(context, stores, shop, speech, agents, createDetector, recorder, (callSid) =>
    talking?.expect(callSid),
  );
  // Twilio may have gone on at another gateway meanwhile: then its calls are no longer ours, and what ours still say nobody hears.
  const stopWatching = watchEventLoop({ ...context, onStalled: () => void line.registry.verify() });
  const privacy = createPrivacy(context, stores, shop, recorders, speech.prompts);
  const server = createServer({
    ...context,
    ...shop,
    erasures: privacy.erasures,
    line,
    store: stores.store,
    fleet: stores.fleet,
    browserRecordings: recorders.browser,
    waveforms: recorders.waveforms,
    isDatabaseUp: databaseWatch(context.metrics, shop.database),
    authToken: config.twilio.authToken,
    writtenOrigin: config.publicUrlAsWritten,
    adminToken: config.adminToken,
    keepAliveSeconds: config.keepAliveSeconds,
    fastRead: config.fastRead,
  });
  const release = async () => {
    current.close();
    stores.memory?.close();
    stores.customerCache.close();
    await Promise.all([talking?.close(), privacy.close(), shop.customerImport.close()]);
    await Promise.all([shop.warming.close(), shop.callLog.close(), recorders.close(), stores.fleet.close()]);
    await Promise.all([stores.store.close(), shop.database.close(), speech.voice.close()]);
    stopWatching();
  };
  const prepare = () => getReady(shop, speech, talking);
  return new RunningGateway({ ...context, current, line, server, prepare, release });
}

/** Settles when what every caller needs first is at hand; goes on with the rest. */
async function getReady(
  { current, database }: Pick<Awaited<ReturnType<typeof openShop>>, 'current' | 'database'>,
  speech: PreparedSpeech,
  talking: Talking | null,
): Promise<void> {
  // A database of our own is part of this gateway; without a shared one it serves all the same.
  const ownDatabase = database.embedded ? database.ready.catch(() => undefined) : undefined;
  // Its prompts are made once only, where it is known by then who is to be greeted for.
  await withDeadline(current.known, SHOP_KNOWN_MS, 'Reading the shop').catch(() => undefined);
  void talking?.prepareGreeting();
  const goOn = () => void speech.prepareAll(() => current.isKnown);
  await Promise.all([speech.prepareGreeting().then(goOn), ownDatabase]);
}

/** Whether the database answers, for whoever asks and for each scrape. */
function databaseWatch(metrics: Metrics, database: Database): () => Promise<boolean> {
  const isUp = async () => (await database.check()).status === 'up';
  metrics.onScrape(async () => metrics.databaseUp.set((await isUp()) ? 1 : 0));
  return isUp;
}

function contextOf(config: Config, overrides: Overrides): GatewayContext {
  const { logger, logOutput } = logOf(config, overrides);
  const metrics = new Metrics();
  if (logOutput) metrics.watchLog(logOutput);
  const slow = slowOperations({ thresholdMs: config.slowOperationMs, metrics, logger });
  return { config, logger, metrics, slow, closing: new AbortController() };
}

function logOf({ logLevel: level }: Config, { logger, logOutput }: Overrides) {
  if (logger) return { logger, logOutput };
  const destination = new LogOutput(1);
  return { logger: createLogger({ level, destination }), logOutput: destination };
}

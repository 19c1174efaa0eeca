import type { AgentFactory } from './agents/agent.js';
import { EchoAgent } from './agents/echo/echo-agent.js';
import { KeypadAgent } from './agents/keypad/keypad-agent.js';
import {
  CUT_OFF,
  helloTo,
  type KeypadShop,
  menuPrompt,
  ONE_MOMENT,
  preparedSentences,
  welcome,
} from './agents/keypad/keypad-prompts.js';
import { AppointmentBook } from './appointments/appointment-book.js';
import { createVoicedSpeechDetector, type VoiceActivityFactory } from './audio/vad/voice-activity.js';
import { CallLog } from './call-log/call-log.js';
import type { Agents } from './calls/agent-supervisor.js';
import { audibleSettings, type Config } from './config.js';
import { summarize } from './core/errors.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger } from './core/logger.js';
import { Metrics } from './core/metrics.js';
import { parseOpeningHours } from './core/opening-hours.js';
import type { Customer } from './customers/customer.js';
import { CustomerLookup } from './customers/customer-lookup.js';
import { CustomerRepository } from './customers/customer-repository.js';
import { VehicleRepository } from './customers/vehicle-repository.js';
import { WrongVinTries } from './customers/wrong-vin-tries.js';
import { openDatabase } from './database/database.js';
import { seedDemoShop } from './desk/demo-shop.js';
import type { CallerDesk } from './desk/desk.js';
import { isAttested } from './desk/identity.js';
import { Desk } from './desk/shop-desk.js';
import { createStores } from './gateway-stores.js';
import { PhoneLine, type PhoneLineOptions } from './line/phone-line.js';
import { NO_SIBLINGS, type Siblings } from './line/siblings.js';
import { withAnnotations } from './recordings/annotated-answers.js';
import { StreamRecorder } from './recordings/stream-recorder.js';
import { LoopAlarm } from './server/loop-alarm.js';
import { type Gateway, RunningGateway } from './server/running-gateway.js';
import { createServer } from './server/server.js';
import { FliteVoice } from './speech/flite-voice.js';
import { PromptCache } from './speech/prompt-cache.js';
import { spokenHours } from './speech/spoken-hours.js';
import { timesIn } from './speech/spoken-time.js';
import type { TextToSpeech } from './speech/text-to-speech.js';

export type { Agent, AgentFactory, CallControl } from './agents/agent.js';
export type { SpeechEvent, VoiceActivity, VoiceActivityFactory } from './audio/vad/voice-activity.js';
export { type Config, loadConfig } from './config.js';
export type { Gateway, TextToSpeech };

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
  /** The other processes of this gateway; absent: it is one. */
  readonly siblings?: Siblings;
}

// What an agent of one's own is written with.
export type {
  AgentFault,
  Heard,
  OpenUtterance,
  ResponseTrigger,
  Sayable,
  SpokenPiece,
} from './agents/agent.js';

/** What every part stands on. */
export interface GatewayContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly siblings?: Siblings;
  /** Aborted when the gateway closes: what still gets ready then need not. */
  readonly closing: AbortController;
}

/** What the phone line needs of the shop. */
export interface LineShop extends Pick<PhoneLineOptions, 'callLog'> {
  readonly lookup: { byPhone(phone: string): Promise<Customer | null> };
  readonly desk: Pick<Desk, 'forCall'>;
}

type Speech = ReturnType<typeof createSpeech>;

/** Wires a gateway from its settings. It answers at once: database and voice get ready behind it. */
export async function createGateway(config: Config, overrides: Overrides = {}): Promise<Gateway> {
  const { logger, logOutput } = logOf(config, overrides);
  const siblings = overrides.siblings ?? NO_SIBLINGS;
  const context = { config, logger, metrics: new Metrics(), siblings, closing: new AbortController() };
  if (logOutput) context.metrics.watchLog(logOutput);
  const alarm = new LoopAlarm(context);
  alarm.start();
  const stores = createStores(context);
  const shop = await openShop(context, stores);
  const speech = createSpeech(context, overrides.voice ?? new FliteVoice());
  const agents = createAgents(context, shop, speech, overrides.createAgent);
  const createDetector = overrides.voiceActivity ?? createVoicedSpeechDetector;
  const recorder = createRecorder(context);
  const line = createLine(context, stores, shop, speech, agents, createDetector, recorder);
  const server = createServer({
    ...context,
    ...shop,
    line,
    store: stores.store,
    isDatabaseUp: async () => (await shop.database.check()).status === 'up',
    shop: config.shop,
    authToken: config.twilio.authToken,
    writtenOrigin: config.publicUrlAsWritten,
    adminToken: config.adminToken,
    keepAliveSeconds: config.keepAliveSeconds,
  });
  const release = async () => {
    await Promise.all([shop.callLog.close(), recorder?.close()]);
    await Promise.all([stores.store.close(), shop.database.close(), speech.voice.close()]);
    alarm.stop();
  };
  // A database of our own is part of this gateway; without a shared one it serves all the same.
  const ownDatabase = shop.database.embedded ? shop.database.ready.catch(() => undefined) : undefined;
  const prepare = async () => {
    const greeting = speech.prepareGreeting().then(() => void speech.prepareAll());
    await Promise.all([greeting, ownDatabase]);
  };
  return new RunningGateway({ ...context, line, server, prepare, release });
}

function logOf({ logLevel: level }: Config, { logger, logOutput }: Overrides) {
  if (logger) return { logger, logOutput };
  const destination = new LogOutput(1);
  return { logger: createLogger({ level, destination }), logOutput: destination };
}

async function openShop(
  { config, logger, metrics, closing }: GatewayContext,
  { customerCache: cache, kept }: ReturnType<typeof createStores>,
) {
  const { url, dataDir } = config.database;
  const { timezone, bays } = config.shop;
  const hours = parseOpeningHours(config.shop.hours);
  const database = await openDatabase({ ...(url ? { url } : {}), dataDir, logger });
  const customers = new CustomerRepository({ database, timezone });
  const vehicles = new VehicleRepository({ database });
  const book = new AppointmentBook({ database, timezone, hours, bays });
  const lookup = new CustomerLookup({ cache, customers, metrics, logger });
  const tries = new WrongVinTries({ database });
  const desk = new Desk({ book, customers, vehicles, tries, lookup, timezone, metrics, logger });
  seedDemoShop({ database, timezone, hours, bays })
    .then((seeded) => seeded && logger.info('The empty database was filled with a demo shop'))
    .catch((error) => {
      if (!closing.signal.aborted)
        logger.error({ err: summarize(error) }, 'The demo shop could not be written');
    });
  const callLog = new CallLog({ database, logger, kept });
  void database.ready.then(() => callLog.claim()).catch(() => undefined);
  return { database, lookup, desk, callLog };
}

/** The voice, and what is said with it. */
export function createSpeech({ config, logger, metrics, closing }: GatewayContext, voice: TextToSpeech) {
  const { name, hours, transferNumber } = config.shop;
  const shop: KeypadShop = {
    name,
    spokenHours: spokenHours(parseOpeningHours(hours)),
    canTransfer: transferNumber !== undefined,
  };
  const prompts = new PromptCache({ voice, metrics, logger });
  const isSilent = config.agent === 'echo';
  const prepare = async (sentences: readonly string[]) => {
    if (!isSilent) await prompts.prepare(sentences, closing.signal);
  };
  // With what a caller hears when an agent is late or fails: then there is no time to make it.
  const prepareGreeting = () => prepare([welcome(shop), ...menuPrompt(shop), ONE_MOMENT, CUT_OFF]);
  const prepareAll = () => prepare(preparedSentences(shop));
  return { voice, prompts, shop, prepareGreeting, prepareAll };
}

function createRecorder({ config, logger }: GatewayContext): StreamRecorder | undefined {
  const { folder, keepVoice } = config.recordings;
  if (folder === undefined) return undefined;
  return new StreamRecorder({ folder, keepVoice, settings: audibleSettings(config), logger });
}

/** The phone line over whatever stores, shop and recorder it is given. */
export function createLine(
  context: GatewayContext,
  stores: Pick<PhoneLineOptions, 'store' | 'onStoreReady' | 'ledger'>,
  shop: LineShop,
  speech: Speech,
  agents: Agents,
  createDetector: VoiceActivityFactory,
  recorder: PhoneLineOptions['recorder'],
): PhoneLine {
  const { config } = context;
  const prepare = async ({ from, attestation }: { from: string; attestation: string | null }) => {
    const customer = await shop.lookup.byPhone(from);
    if (customer && isAttested(attestation)) await speech.prompts.prepare([helloTo(customer.first_name)]);
  };
  return new PhoneLine({
    ...context,
    ...stores,
    ...agents,
    callLog: shop.callLog,
    createDetector,
    recorder,
    lookUp: (phone) => shop.lookup.byPhone(phone),
    isAttested,
    prepare: (form) => void prepare(form),
    authToken: config.twilio.authToken,
    transferNumber: config.shop.transferNumber,
    maxCalls: config.maxCalls,
    isAlone: config.redis.url === undefined,
    sessionTtlSeconds: config.ttl.sessionSeconds,
    resumeWindowSeconds: config.resumeWindowSeconds,
    stream: config.stream,
  });
}

export function createAgents(
  { config, logger }: GatewayContext,
  { desk }: LineShop,
  { prompts, shop }: Speech,
  ownAgent: AgentFactory | undefined,
): Agents {
  const speak = (text: string) => prompts.speak(text);
  const sayTime = timesIn(config.shop.timezone);
  const keypad: AgentFactory = (control, observer) => {
    const own = observer
      ? withAnnotations<CallerDesk>(desk.forCall(control), observer)
      : desk.forCall(control);
    return new KeypadAgent({ control, desk: own, speak, sayTime, shop, logger });
  };
  const echo: AgentFactory = (control) => new EchoAgent(control);
  const createAgent = ownAgent ?? (config.agent === 'echo' ? echo : keypad);
  const createFallbackAgent = createAgent === keypad ? undefined : keypad;
  return { createAgent, createFallbackAgent, oneMoment: () => speak(ONE_MOMENT) };
}

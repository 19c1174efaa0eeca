import { join, resolve } from 'node:path';
import {
  CUT_OFF,
  helloTo,
  type KeypadShop,
  menuPrompt,
  ONE_MOMENT,
  preparedSentences,
  STILL_WORKING,
  welcome,
} from './agents/keypad/keypad-prompts.js';
import { AppointmentBook } from './appointments/appointment-book.js';
import type { VoiceActivityFactory } from './audio/vad/voice-activity.js';
import { CallLog } from './call-log/call-log.js';
import { RedisUnrecordedCalls } from './call-log/redis-unrecorded-calls.js';
import type { Agents } from './calls/agent-supervisor.js';
import { audibleSettings, type Config } from './config.js';
import { summarize } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { Metrics } from './core/metrics.js';
import { parseOpeningHours } from './core/opening-hours.js';
import { parseRedisUrl } from './core/redis-url.js';
import type { Customer } from './customers/customer.js';
import type { CustomerCache } from './customers/customer-cache.js';
import { CustomerLookup } from './customers/customer-lookup.js';
import { CustomerRepository } from './customers/customer-repository.js';
import { MemoryCustomerCache } from './customers/memory-customer-cache.js';
import { CUSTOMER_OPERATIONS, RedisCustomerCache } from './customers/redis-customer-cache.js';
import { VehicleRepository } from './customers/vehicle-repository.js';
import { WrongVinTries } from './customers/wrong-vin-tries.js';
import { openDatabase } from './database/database.js';
import { seedDemoShop } from './desk/demo-shop.js';
import { isAttested } from './desk/identity.js';
import { Desk } from './desk/shop-desk.js';
import type { Fleet } from './line/fleet.js';
import { MemoryFleet } from './line/memory-fleet.js';
import { PhoneLine, type PhoneLineOptions } from './line/phone-line.js';
import { RedisFleet } from './line/redis-fleet.js';
import { StreamRecorder } from './recordings/stream-recorder.js';
import { RedisClient } from './redis/redis-client.js';
import { RedisSubscription } from './redis/redis-subscription.js';
import type { LiveSessionStore } from './sessions/fenced-session-writer.js';
import { MemorySessionStore } from './sessions/memory-session-store.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import { FliteVoice, fliteVersion } from './speech/flite-voice.js';
import { PromptCache } from './speech/prompt-cache.js';
import { spokenHours } from './speech/spoken-hours.js';
import type { TextToSpeech } from './speech/text-to-speech.js';
import { VoiceCache } from './speech/voice-cache.js';
import { MemoryStreamLedger } from './stream-ledger/memory-stream-ledger.js';
import { RedisStreamLedger } from './stream-ledger/redis-stream-ledger.js';
import type { StreamLedger } from './stream-ledger/stream-ledger.js';

/** What every part is given. */
export interface GatewayContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when the gateway closes: what still gets ready then need not. */
  readonly closing: AbortController;
}

/** What the phone line needs of the shop. */
export interface LineShop extends Pick<PhoneLineOptions, 'callLog'> {
  readonly lookup: { byPhone(phone: string): Promise<Customer | null> };
  readonly desk: Pick<Desk, 'forCall'>;
}

export type PreparedSpeech = ReturnType<typeof createSpeech>;

/** Sessions, cached customers and what gateways agree on: over Redis if there is one, else in process. */
export function createStores({ config, logger, metrics }: GatewayContext) {
  const { url, commandTimeoutMs } = config.redis;
  const { sessionSeconds, customerSeconds } = config.ttl;
  if (url === undefined) {
    const store: LiveSessionStore = new MemorySessionStore({ logger, ttlSeconds: sessionSeconds });
    const customerCache: CustomerCache = new MemoryCustomerCache({ logger, ttlSeconds: customerSeconds });
    const ledger: StreamLedger = new MemoryStreamLedger();
    const fleet: Fleet = new MemoryFleet();
    return { store, customerCache, ledger, fleet };
  }
  // What is read and written of a number's customer is in no figure: it would tell whether there is one.
  const isCounted = (operation: string) => !CUSTOMER_OPERATIONS.includes(operation);
  const onFault = (operation: string) => {
    if (isCounted(operation)) metrics.redisErrors.inc({ operation });
  };
  const onAvailable = (isUp: boolean) => metrics.redisBreakerOpen.set(isUp ? 0 : 1);
  const onAnswered = (operation: string, ms: number) => {
    if (isCounted(operation)) metrics.redisAnswered(operation, ms);
  };
  const client = new RedisClient({ url, logger, commandTimeoutMs, onFault, onAvailable, onAnswered });
  const store: LiveSessionStore = new RedisSessionStore({ client, logger, ttlSeconds: sessionSeconds });
  const customerCache: CustomerCache = new RedisCustomerCache({
    client,
    logger,
    ttlSeconds: customerSeconds,
  });
  const ledger: StreamLedger = new RedisStreamLedger({ client });
  const kept = new RedisUnrecordedCalls(client);
  const subscription = new RedisSubscription({ url, logger, commandTimeoutMs });
  const fleet: Fleet = new RedisFleet({ client, subscription, database: parseRedisUrl(url).options.db });
  const onStoreReady = (listener: () => void) => client.onReady(listener);
  return { store, customerCache, ledger, kept, fleet, onStoreReady };
}

/** The database and what stands on it. */
export async function openShop(
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

/** The voice given, or our own: what that says to every caller is kept in the data folder, where there is one. */
export async function createVoice({ config, logger }: GatewayContext, given: TextToSpeech | undefined) {
  const nothing = async () => undefined;
  if (given) return { voice: given, warmUp: nothing, tidy: nothing };
  const flite = new FliteVoice();
  // It takes a while to load, and the first sentence that was not kept must not wait for that.
  const warmUp = async () => {
    if (config.agent !== 'echo') await flite.synthesize('Yes.', { background: true }).catch(() => undefined);
  };
  const { dataDir } = config.database;
  if (dataDir === 'memory') return { voice: flite, warmUp, tidy: nothing };
  const folder = join(resolve(dataDir), 'prompts', await fliteVersion());
  const texts = new Set(preparedSentences(shopOf(config)));
  const onFault = (error: unknown) =>
    logger.warn({ err: summarize(error), folder }, 'Prompts cannot be kept: each start makes them again');
  const voice = new VoiceCache({ voice: flite, folder, texts, onFault });
  return { voice, warmUp, tidy: () => voice.tidy() };
}

function shopOf({ shop: { name, hours, transferNumber } }: Config): KeypadShop {
  return {
    name,
    spokenHours: spokenHours(parseOpeningHours(hours)),
    canTransfer: transferNumber !== undefined,
  };
}

/** What is said with a voice. */
export function createSpeech({ config, logger, metrics, closing }: GatewayContext, voice: TextToSpeech) {
  const shop = shopOf(config);
  const prompts = new PromptCache({ voice, metrics, logger });
  const isSilent = config.agent === 'echo';
  const prepare = async (sentences: readonly string[]) => {
    if (!isSilent) await prompts.prepare(sentences, closing.signal);
  };
  // With what a caller hears when an agent is late or fails: then there is no time to make it.
  const prepareGreeting = () =>
    prepare([welcome(shop), ...menuPrompt(shop), ONE_MOMENT, STILL_WORKING, CUT_OFF]);
  const prepareAll = () => prepare(preparedSentences(shop));
  return { voice, prompts, shop, prepareGreeting, prepareAll };
}

/** Writes every stream to a file, when the settings ask for it. */
export function createRecorder({ config, logger }: GatewayContext): StreamRecorder | undefined {
  const { folder, keepVoice } = config.recordings;
  if (folder === undefined) return undefined;
  return new StreamRecorder({ folder, keepVoice, settings: audibleSettings(config), logger });
}

/** The phone line over whatever stores, shop and recorder it is given. */
export function createLine(
  context: GatewayContext,
  stores: Pick<PhoneLineOptions, 'store' | 'onStoreReady' | 'ledger' | 'fleet'>,
  shop: LineShop,
  speech: PreparedSpeech,
  agents: Agents,
  createDetector: VoiceActivityFactory,
  recorder: PhoneLineOptions['recorder'],
  onAdmitted?: PhoneLineOptions['onAdmitted'],
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
    onAdmitted,
    authToken: config.twilio.authToken,
    transferNumber: config.shop.transferNumber,
    maxCalls: config.maxCalls,
    isAlone: config.redis.url === undefined,
    sessionTtlSeconds: config.ttl.sessionSeconds,
    resumeWindowSeconds: config.resumeWindowSeconds,
    stream: config.stream,
  });
}

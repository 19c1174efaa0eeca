import { closedWords, helloTo } from './agents/keypad/keypad-prompts.js';
import { shopAtCall } from './agents/shop-facts.js';
import { AppointmentBook } from './appointments/appointment-book.js';
import { memoryOpenTimesCache } from './appointments/open-times-cache.js';
import { openNow } from './appointments/openings.js';
import { redisOpenTimesCache } from './appointments/redis-open-times-cache.js';
import type { VoiceActivityFactory } from './audio/vad/voice-activity.js';
import { CallLog } from './call-log/call-log.js';
import { redisUnrecordedCalls } from './call-log/redis-unrecorded-calls.js';
import type { Agents } from './calls/agent-supervisor.js';
import type { Config } from './config.js';
import { summarize } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { Metrics } from './core/metrics.js';
import { parseRedisUrl } from './core/redis-url.js';
import type { SlowOperations } from './core/slow-operations.js';
import type { CacheResult } from './core/store-metrics.js';
import { createCounter } from './counter-wiring.js';
import type { Customer } from './customers/customer.js';
import type { CustomerCache } from './customers/customer-cache.js';
import { CustomerLookup } from './customers/customer-lookup.js';
import { CustomerRepository } from './customers/customer-repository.js';
import { CustomerWarming, type CustomerWarmingOptions } from './customers/customer-warming.js';
import { CustomerImport } from './customers/import/customer-import.js';
import { ImportStore } from './customers/import/import-store.js';
import { MemoryCustomerCache } from './customers/memory-customer-cache.js';
import { CUSTOMER_OPERATIONS, RedisCustomerCache } from './customers/redis-customer-cache.js';
import { WrongVinTries } from './customers/wrong-vin-tries.js';
import { type Database, openDatabase } from './database/database.js';
import { seedDemoShop } from './desk/demo-shop.js';
import { DeskExecutor } from './desk/desk-executor.js';
import { isAttested } from './desk/identity.js';
import { Desk } from './desk/shop-desk.js';
import type { Fleet } from './line/fleet.js';
import { MemoryFleet } from './line/memory-fleet.js';
import { PhoneLine } from './line/phone-line.js';
import type { PhoneLineOptions } from './line/phone-line-options.js';
import { RedisFleet } from './line/redis-fleet.js';
import { RedisClient } from './redis/redis-client.js';
import { RedisMemory } from './redis/redis-memory.js';
import { RedisSubscription } from './redis/redis-subscription.js';
import type { LiveSessionStore } from './sessions/fenced-session-writer.js';
import { MemorySessionStore } from './sessions/memory-session-store.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import type { CallShops } from './shop/call-shops.js';
import { RedisSharedShop } from './shop/redis-shared-shop.js';
import type { CurrentShop } from './shop/shop.js';
import { ShopStore } from './shop/shop-store.js';
import type { PromptCache } from './speech/prompt-cache.js';
import { MemoryStreamLedger } from './stream-ledger/memory-stream-ledger.js';
import { redisStreamLedger } from './stream-ledger/redis-stream-ledger.js';
import type { StreamLedger } from './stream-ledger/stream-ledger.js';

/** What every part is given. */
export interface GatewayContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly slow: SlowOperations;
  /** Aborted when the gateway closes: what still gets ready then need not. */
  readonly closing: AbortController;
}

/** What the phone line needs of the shop. */
export interface LineShop extends Pick<PhoneLineOptions, 'callLog'> {
  readonly lookup: { byPhone(phone: string): Promise<Customer | null> };
  readonly desk: Pick<Desk, 'forCall'>;
}

/** Sessions, cached customers and what gateways agree on: over Redis if there is one, else in process. */
export function createStores({ config, logger, metrics, slow }: GatewayContext) {
  const { url, commandTimeoutMs } = config.redis;
  const { sessionSeconds, customerSeconds } = config.ttl;
  if (url === undefined) {
    const store: LiveSessionStore = new MemorySessionStore({ logger, ttlSeconds: sessionSeconds });
    const customerCache: CustomerCache = new MemoryCustomerCache({ logger, ttlSeconds: customerSeconds });
    const ledger: StreamLedger = new MemoryStreamLedger();
    const fleet: Fleet = new MemoryFleet();
    const openTimes = memoryOpenTimesCache();
    return { store, customerCache, ledger, fleet, openTimes };
  }
  // What is read and written of a number's customer is in no figure: it would tell whether there is one.
  const isCounted = (operation: string) => !CUSTOMER_OPERATIONS.includes(operation);
  const onFault = (operation: string, ms: number) => {
    if (!isCounted(operation)) return;
    metrics.redisErrors.inc({ operation });
    slow.took(operation, ms);
  };
  const onAvailable = (isUp: boolean) => metrics.redisBreakerOpen.set(isUp ? 0 : 1);
  const onAnswered = (operation: string, ms: number) => {
    if (!isCounted(operation)) return;
    metrics.redisAnswered(operation, ms);
    slow.took(operation, ms);
  };
  const client = new RedisClient({ url, logger, commandTimeoutMs, onFault, onAvailable, onAnswered });
  const store: LiveSessionStore = new RedisSessionStore({ client, logger, ttlSeconds: sessionSeconds });
  const customerCache: CustomerCache = new RedisCustomerCache({
    client,
    logger,
    ttlSeconds: customerSeconds,
  });
  const ledger = redisStreamLedger(client);
  const kept = redisUnrecordedCalls(client);
  const subscription = new RedisSubscription({ url, logger, commandTimeoutMs });
  const database = parseRedisUrl(url).options.db;
  const fleet: Fleet = new RedisFleet({ client, subscription, database });
  const changes = new RedisSubscription({ url, logger, commandTimeoutMs, connectionName: 'bayline-shop' });
  const onRead = (result: CacheResult) => metrics.stores.cacheRequests.inc({ cache: 'shop', result });
  const sharedShop = new RedisSharedShop({ client, subscription: changes, database, onRead });
  const memory = new RedisMemory({ client, metrics, logger });
  const openTimes = redisOpenTimesCache(client);
  const onStoreReady = (listener: () => void) => client.onReady(listener);
  return { store, customerCache, ledger, kept, fleet, onStoreReady, sharedShop, memory, openTimes };
}

/** Writes the demo shop into an empty database; then the shop is read, and its changes are followed. Never rejects. */
async function fillAndFollow(
  database: Database,
  current: ShopStore,
  { config, logger, closing }: Pick<GatewayContext, 'config' | 'logger' | 'closing'>,
): Promise<void> {
  const seeded = await seedDemoShop({ database, given: config.shop }).catch((error) => {
    if (!closing.signal.aborted)
      logger.error({ err: summarize(error) }, 'The demo shop could not be written');
    return false;
  });
  if (closing.signal.aborted) return;
  current.start();
  await current.refresh();
  if (seeded) logger.info('The empty database was filled with a demo shop');
}

/** The database and what stands on it. */
export async function openShop(
  { config, logger, metrics, closing, slow }: GatewayContext,
  stores: ReturnType<typeof createStores>,
) {
  const { customerCache: cache, kept, sharedShop: shared } = stores;
  const { url, dataDir } = config.database;
  // What the demo shop takes to be written, and who waits for that, is no sign of trouble.
  let isFilled = false;
  const took = (operation: string, ms: number) => isFilled && slow.took(operation, ms);
  const statements = { thresholdMs: slow.thresholdMs, took };
  const database = await openDatabase({ ...(url ? { url } : {}), dataDir, logger, slow: statements });
  const current = new ShopStore({ database, given: config.shop, shared, logger });
  const timezone = () => current.now.settings.timezone;
  const customers = new CustomerRepository({ database, timezone });
  const onLookUp = (result: CacheResult) =>
    metrics.stores.cacheRequests.inc({ cache: 'availability', result });
  const book = new AppointmentBook({ database, rules: current.rules, cache: stores.openTimes, onLookUp });
  const lookup = new CustomerLookup({ cache, customers, metrics, logger });
  const tries = new WrongVinTries({ database });
  const executor = new DeskExecutor({ lookup, logger });
  const desk = new Desk({ book, customers, tries, executor, timezone, metrics });
  void fillAndFollow(database, current, { config, logger, closing }).finally(() => {
    isFilled = true;
  });
  const callLog = new CallLog({ database, logger, kept, metrics });
  const customerImport = new CustomerImport({ store: new ImportStore(database), lookup, logger });
  const warming = keepWarm(config, { database, cache, lookup, logger }, current, stores.onStoreReady);
  const begin = () => {
    void callLog.claim();
    void customerImport.resume();
    warming.start();
  };
  void database.ready.then(begin).catch(() => undefined);
  const counter = createCounter(database, current, executor);
  return { database, current, lookup, desk, executor, callLog, customerImport, warming, ...counter };
}

/** Customers who call often stay cached, also when Redis comes back empty. */
function keepWarm(
  { ttl }: Config,
  parts: Pick<CustomerWarmingOptions, 'database' | 'cache' | 'lookup' | 'logger'>,
  current: CurrentShop,
  onStoreReady: ((listener: () => void) => void) | undefined,
): CustomerWarming {
  const isOpen = () => openNow(current.now.rules, new Date()).isOpen;
  const warming = new CustomerWarming({ ...parts, isOpen, ttlSeconds: ttl.customerSeconds });
  onStoreReady?.(() => void warming.warm());
  return warming;
}

/** The phone line over whatever stores, shop and recorder it is given. */
export function createLine(
  context: GatewayContext,
  stores: Pick<PhoneLineOptions, 'store' | 'onStoreReady' | 'ledger' | 'fleet'>,
  shop: LineShop,
  speech: { readonly prompts: PromptCache; readonly calls: CallShops },
  agents: Agents,
  createDetector: VoiceActivityFactory,
  recorder: PhoneLineOptions['recorder'],
  onAdmitted?: PhoneLineOptions['onAdmitted'],
): PhoneLine {
  const { config } = context;
  const prepare = async ({ callSid, from, attestation }: Parameters<PhoneLineOptions['prepare']>[0]) => {
    // The day on which the shop opens is known only now.
    void speech.prompts.prepare(closedWords(shopAtCall(speech.calls.of(callSid), new Date())));
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
    prepare: (form) => {
      prepare(form).catch((error) =>
        context.logger.warn(
          { call_sid: form.callSid, err: error },
          'A call is not prepared; it comes all the same',
        ),
      );
    },
    onAdmitted,
    authToken: config.twilio.authToken,
    shopOf: (callSid) => speech.calls.of(callSid),
    maxCalls: config.maxCalls,
    isAlone: config.redis.url === undefined,
    sessionTtlSeconds: config.ttl.sessionSeconds,
    resumeWindowSeconds: config.resumeWindowSeconds,
    stream: config.stream,
  });
}

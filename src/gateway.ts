import type { Server } from 'node:http';
import type { AgentFactory } from './agents/agent.js';
import { EchoAgent } from './agents/echo-agent.js';
import { KeypadAgent } from './agents/keypad-agent.js';
import { helloTo, type KeypadShop, preparedSentences } from './agents/keypad-prompts.js';
import { AppointmentBook } from './appointments/appointment-book.js';
import { parseOpeningHours, spokenHours } from './appointments/opening-hours.js';
import { CallLog } from './call-log/call-log.js';
import { PhoneLine } from './calls/phone-line.js';
import type { Config } from './config.js';
import type { CustomerCache } from './customers/customer-cache.js';
import { CustomerLookup } from './customers/customer-lookup.js';
import { CustomerRepository } from './customers/customer-repository.js';
import { MemoryCustomerCache } from './customers/memory-customer-cache.js';
import { RedisCustomerCache } from './customers/redis-customer-cache.js';
import { VehicleRepository } from './customers/vehicle-repository.js';
import { openDatabase } from './database/database.js';
import { seedDemoShop } from './desk/demo-shop.js';
import { isAttested } from './desk/identity.js';
import { Desk } from './desk/shop-desk.js';
import { summarize, withDeadline } from './errors.js';
import { createLogger, type Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { RedisClient } from './redis/redis-client.js';
import { closeServer, listen } from './server/http-server.js';
import { createServer } from './server/server.js';
import { MemorySessionStore } from './sessions/memory-session-store.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import type { SessionStore } from './sessions/session-store.js';
import { FliteVoice } from './speech/flite-voice.js';
import { PromptCache } from './speech/prompt-cache.js';
import { spokenTime } from './speech/spoken-time.js';
import type { TextToSpeech } from './speech/text-to-speech.js';

/** One gateway of a shop. */
export interface Gateway {
  /** The origin Twilio sees; known once it listens. */
  readonly publicUrl: string;
  /** Rejects with a clear sentence when the address cannot be used. */
  listen(): Promise<{ url: string; port: number }>;
  /** Takes no new calls and settles when the live ones have ended, at most after the drain timeout. Never rejects. */
  drain(): Promise<void>;
  /** Shortens a drain to at most so many milliseconds from now. */
  hurry(ms: number): void;
  /** Hands over what is still live and releases everything; settles within seconds whatever is stopped. */
  close(): Promise<void>;
}

/** Parts that a test or an embedding program brings itself. */
export interface Overrides {
  readonly logger?: Logger;
  readonly voice?: TextToSpeech;
}

interface Ground {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when the gateway closes: what still gets ready then need not. */
  readonly closing: AbortController;
}

type Stores = ReturnType<typeof createStores>;
type Shop = Awaited<ReturnType<typeof openShop>>;
type Speech = ReturnType<typeof createSpeech>;

/** Wires a gateway from its settings. It answers at once: database and voice get ready behind it. */
export async function createGateway(config: Config, overrides: Overrides = {}): Promise<Gateway> {
  const logger = overrides.logger ?? createLogger({ level: config.logLevel });
  const ground = { config, logger, metrics: new Metrics(), closing: new AbortController() };
  const stores = createStores(ground);
  const shop = await openShop(ground, stores.customerCache);
  const speech = createSpeech(ground, overrides.voice ?? new FliteVoice());
  const line = createLine(ground, stores, shop, speech);
  const server = createServer({
    ...ground,
    ...shop,
    line,
    store: stores.store,
    isDatabaseUp: async () => (await shop.database.check()).status === 'up',
    shop: config.shop,
    authToken: config.twilio.authToken,
    adminToken: config.adminToken,
  });
  const release = async () => {
    await shop.callLog.close();
    await Promise.all([stores.store.close(), shop.database.close(), speech.voice.close()]);
  };
  return new RunningGateway(ground, line, server, speech.prepare, release);
}

function createStores({ config, logger, metrics }: Ground) {
  const { url, commandTimeoutMs } = config.redis;
  const { sessionSeconds, customerSeconds } = config.ttl;
  if (url === undefined) {
    const store: SessionStore = new MemorySessionStore({ logger, ttlSeconds: sessionSeconds });
    const customerCache: CustomerCache = new MemoryCustomerCache({ logger, ttlSeconds: customerSeconds });
    return { store, customerCache };
  }
  const onFault = (operation: string) => metrics.redisErrors.inc({ operation });
  const client = new RedisClient({ url, logger, commandTimeoutMs, onFault });
  const store: SessionStore = new RedisSessionStore({ client, logger, ttlSeconds: sessionSeconds });
  const customerCache: CustomerCache = new RedisCustomerCache({
    client,
    logger,
    ttlSeconds: customerSeconds,
  });
  return { store, customerCache, onStoreReady: (listener: () => void) => client.onReady(listener) };
}

async function openShop({ config, logger, metrics, closing }: Ground, cache: CustomerCache) {
  const { url, dataDir } = config.database;
  const { timezone, bays } = config.shop;
  const hours = parseOpeningHours(config.shop.hours);
  const database = await openDatabase({ ...(url ? { url } : {}), dataDir, logger });
  const customers = new CustomerRepository({ database, timezone });
  const vehicles = new VehicleRepository({ database });
  const book = new AppointmentBook({ database, timezone, hours, bays });
  const lookup = new CustomerLookup({ cache, customers, metrics, logger });
  const desk = new Desk({ book, customers, vehicles, lookup, timezone, metrics, logger });
  seedDemoShop({ database, timezone, hours, bays })
    .then((seeded) => seeded && logger.info('The empty database was filled with a demo shop'))
    .catch((error) => {
      if (!closing.signal.aborted)
        logger.error({ err: summarize(error) }, 'The demo shop could not be written');
    });
  return { database, lookup, desk, callLog: new CallLog({ database, logger }) };
}

function createSpeech({ config, logger, metrics, closing }: Ground, voice: TextToSpeech) {
  const { name, hours, transferNumber } = config.shop;
  const shop: KeypadShop = {
    name,
    spokenHours: spokenHours(hours),
    canTransfer: transferNumber !== undefined,
  };
  const prompts = new PromptCache({ voice, metrics, logger });
  const prepare = async () => {
    if (config.agent === 'keypad') await prompts.prepare(preparedSentences(shop), closing.signal);
  };
  return { voice, prompts, shop, prepare };
}

function createLine(ground: Ground, stores: Stores, shop: Shop, speech: Speech): PhoneLine {
  const { config } = ground;
  const prepare = async ({ from, attestation }: { from: string; attestation: string | null }) => {
    const customer = await shop.lookup.byPhone(from);
    if (customer && isAttested(attestation)) await speech.prompts.prepare([helloTo(customer.first_name)]);
  };
  return new PhoneLine({
    ...ground,
    ...stores,
    callLog: shop.callLog,
    createAgent: createAgentFactory(ground, shop, speech),
    lookUp: (phone) => shop.lookup.byPhone(phone),
    isAttested,
    prepare: (form) => void prepare(form),
    authToken: config.twilio.authToken,
    transferNumber: config.shop.transferNumber,
    maxCalls: config.maxCalls,
    sessionTtlSeconds: config.ttl.sessionSeconds,
    resumeWindowSeconds: config.resumeWindowSeconds,
    stream: config.stream,
  });
}

function createAgentFactory(
  { config, logger }: Ground,
  { desk }: Shop,
  { prompts, shop }: Speech,
): AgentFactory {
  if (config.agent === 'echo') return (control) => new EchoAgent(control);
  const speak = (text: string) => prompts.speak(text);
  const spoken = (iso: string) => spokenTime(iso, { zone: config.shop.timezone, now: new Date() });
  return (control) => new KeypadAgent({ control, desk, speak, sayTime: spoken, shop, logger });
}

class RunningGateway implements Gateway {
  readonly #ground: Ground;
  readonly #line: PhoneLine;
  readonly #server: Server;
  readonly #prepare: () => Promise<void>;
  readonly #release: () => Promise<void>;
  readonly #hurried = new AbortController();

  constructor(
    ground: Ground,
    line: PhoneLine,
    server: Server,
    prepare: () => Promise<void>,
    release: () => Promise<void>,
  ) {
    this.#ground = ground;
    this.#line = line;
    this.#server = server;
    this.#prepare = prepare;
    this.#release = release;
  }

  get publicUrl(): string {
    return this.#line.origin;
  }

  async listen(): Promise<{ url: string; port: number }> {
    const { config } = this.#ground;
    const port = await listen(this.#server, config.port, config.host);
    this.#line.origin = config.publicUrl ?? `http://localhost:${port}`;
    this.#line.phase = 'serving';
    void this.#prepare();
    const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port };
  }

  async drain(): Promise<void> {
    this.#line.phase = 'draining';
    const limit = this.#ground.config.drainTimeoutSeconds * 1000;
    const { signal } = this.#hurried;
    const hurried = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await withDeadline(Promise.race([this.#line.registry.untilEmpty(), hurried]), limit, 'Draining').catch(
      () => {
        this.#ground.logger.warn(
          { live: this.#line.registry.liveCount },
          'The drain limit is reached; calls are handed over',
        );
      },
    );
  }

  hurry(ms: number): void {
    setTimeout(() => this.#hurried.abort(), ms).unref();
  }

  async close(): Promise<void> {
    this.#line.phase = 'draining';
    this.#ground.closing.abort();
    await this.#line.registry.releaseAll('the gateway stops');
    await closeServer(this.#server);
    await this.#release();
  }
}

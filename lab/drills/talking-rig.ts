import type { ModelSession } from '../../packages/realtime-simulator/src/model/model-session.js';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Opening, Rule, Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { FliteVoice } from '../../src/speech/flite-voice.js';
import type { Speech, TextToSpeech } from '../../src/speech/text-to-speech.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import { withVoice } from '../../tools/call/scripted-model.js';
import { type DrillGateway, openGateway, twilioAt } from './drill-gateway.js';
import { liveSessions } from './gateway-views.js';
import { proxyTo } from './shared-shop.js';

/** Callers listen so long; a menu may be read out several times. */
const PATIENCE_MS = 60_000;
/** Everybody finds a time. */
const OPEN_SHOP = { SHOP_BAYS: '100', SHOP_HOURS: 'Mon-Sun 00:00-23:59' };

/** One voice for every part of a drill: each text is made once. */
export class SharedVoice implements TextToSpeech {
  readonly #voice = new FliteVoice();
  readonly #made = new Map<string, Promise<Speech>>();

  synthesize(text: string): Promise<Speech> {
    const made = this.#made.get(text) ?? this.#voice.synthesize(text);
    this.#made.set(text, made);
    return made;
  }

  /** Gateways close the voice that they are given; it is the drill's. */
  async close(): Promise<void> {}

  end(): Promise<void> {
    return this.#voice.close();
  }
}

export interface TalkingRigOptions {
  readonly script: Script;
  readonly voice: SharedVoice;
  readonly databaseUrl?: string;
  /** Another gateway beside it; both with a Redis. */
  readonly twoGateways?: boolean;
  /** The session is kept in a Redis that can be stopped. */
  readonly redis?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A gateway with the talking agent, the scripted model that it talks with, and the ways to its stores. */
export class TalkingRig {
  readonly model: RealtimeSimulator;
  readonly gateways: readonly DrillGateway[];
  readonly twilio: TwilioSimulator;
  readonly voice: SharedVoice;
  readonly database: TcpProxy | null;
  readonly redis: RedisServer | null;
  readonly #faults: Faults;

  private constructor(
    parts: Pick<TalkingRig, 'model' | 'gateways' | 'voice' | 'database' | 'redis'>,
    faults: Faults,
    twilio: TwilioSimulator,
  ) {
    ({
      model: this.model,
      gateways: this.gateways,
      voice: this.voice,
      database: this.database,
      redis: this.redis,
    } = parts);
    this.#faults = faults;
    this.twilio = twilio;
  }

  static async open(options: TalkingRigOptions): Promise<TalkingRig> {
    const { voice, databaseUrl, twoGateways = false, settings } = options;
    const faults: Faults = { opening: {}, openings: 0, rules: [] };
    const model = new RealtimeSimulator({
      script: breakable(options.script, faults),
      speak: (text) => voice.synthesize(text),
    });
    const address = { AGENT: 'realtime', REALTIME_URL: await model.listen(), OPENAI_API_KEY: 'scripted' };
    const redis = options.redis || twoGateways ? await RedisServer.start() : null;
    const way = databaseUrl ? await proxyTo(databaseUrl) : null;
    const stores = {
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ...(way ? { DATABASE_URL: way.url } : {}),
    };
    const start = () => openGateway({ voice }, { ...OPEN_SHOP, ...address, ...stores, ...settings });
    const gateways = [await start(), ...(twoGateways ? [await start()] : [])];
    const [first] = gateways;
    if (!first) throw new Error('There is no gateway.');
    return new TalkingRig(
      { model, gateways, voice, database: way?.proxy ?? null, redis },
      faults,
      twilioAt(first),
    );
  }

  /** A call that rings now. */
  call(from: string): TwilioCall {
    return this.twilio.call({ from, patienceMs: PATIENCE_MS });
  }

  /** So many connections of the model from now on begin so. */
  openWith(opening: Opening, times: number): void {
    Object.assign(this.#faults, { opening, openings: times });
  }

  /** From now on these come before the rules of the script, in every session. */
  break(rules: readonly Rule[]): void {
    this.#faults.rules = rules;
  }

  /** The sessions that hear a caller; those in which prompts are made do not. */
  get sessions(): ModelSession[] {
    return this.model.sessions.filter(({ events }) => !events.some(({ event }) => isVoiceSetUp(event)));
  }

  /** The session of a call where it is live; null when it is nowhere. */
  async look(callSid: string): Promise<Session | null> {
    for (const { url } of this.gateways) {
      const session = (await liveSessions(url)).get(callSid);
      if (session) return session;
    }
    return null;
  }

  async close(): Promise<void> {
    await this.twilio.close();
    for (const gateway of this.gateways) await gateway.close();
    await this.model.close();
    await this.database?.close();
    await this.redis?.stop();
  }
}

interface Faults {
  opening: Opening;
  /** So many connections are left that begin so. */
  openings: number;
  rules: readonly Rule[];
}

/** The script, with what is broken at the time. The server looks at it whenever something happens. */
function breakable(script: Script, faults: Faults): Script {
  const { rules = [] } = withVoice(script);
  return {
    ...script,
    // Looked at once for each connection.
    get opening() {
      faults.openings -= 1;
      return faults.openings >= 0 ? faults.opening : {};
    },
    get rules() {
      return [...faults.rules, ...rules];
    },
  };
}

function isVoiceSetUp(event: Readonly<Record<string, unknown>>): boolean {
  return event.type === 'session.update' && JSON.stringify(event).includes('the voice of a telephone line');
}

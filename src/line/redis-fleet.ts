import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisClient } from '../redis/redis-client.js';
import { channelOf } from '../redis/redis-keys.js';
import type { RedisSubscription } from '../redis/redis-subscription.js';
import type { CallWatcher, Fleet, FleetAnswer, FleetMember, FleetRequest, LiveList } from './fleet.js';
import { type FleetMessage, readMessage, readTheirs, type Watching, writeMessage } from './fleet-messages.js';
import { FleetView, NOBODY } from './fleet-view.js';
import { LivePublisher } from './live-publisher.js';
import { RedisLiveLists } from './redis-live-lists.js';

const REFRESH_MS = 3_000;
/** A gateway that says nothing for so long while others watch is gone. */
const SILENT_MS = 7_000;
/** What was missed is asked for no more often than that. */
const MISSED_MS = 10_000;
/** Calls that begin or end together are written together. */
const GATHER_MS = 50;
/** More questions at once than staff and webhooks have. */
const MOST_OPEN = 200;
/** A webhook waits no longer for another gateway. */
const ANSWER_WITHIN_MS = 500;

const ABOUT = ['finish', 'transfer', 'end'] as const;

export interface RedisFleetOptions {
  readonly client: RedisClient;
  /** Opens with the first call or watcher. */
  readonly subscription: RedisSubscription;
  /** The database number: Redis does not keep the channels of two numbers apart. */
  readonly database: number;
}

/**
 * The gateways that share a Redis. Each keeps the list of its live calls there; changes are published only while somebody watches; a gateway is
 * asked over a channel of its own.
 */
export class RedisFleet implements Fleet {
  readonly #gateway =
    `${hostname().replace(/[^\w.-]/g, '')}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly #client: RedisClient;
  readonly #subscription: RedisSubscription;
  readonly #database: number;
  readonly #lists: RedisLiveLists;
  readonly #requests = new FleetRequests();
  readonly #endReadiness: () => void;
  #self: FleetMember | null = null;
  #view = new FleetView(this.#gateway, NOBODY);
  #publisher: LivePublisher | null = null;
  #writing: NodeJS.Timeout | undefined;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #missedAt = Number.NEGATIVE_INFINITY;
  #refreshing: NodeJS.Timeout | undefined;

  constructor({ client, subscription, database }: RedisFleetOptions) {
    this.#client = client;
    this.#subscription = subscription;
    this.#database = database;
    this.#lists = new RedisLiveLists(client, this.#gateway);
    subscription.join({
      onMessage: (_channel, text) => this.#take(text),
      onListening: () => this.#greet(),
    });
    let wasReady = false;
    this.#endReadiness = client.onReady(() => {
      if (wasReady) void subscription.verify();
      wasReady = true;
      if (this.#lists.isListed) this.liveChanged();
    });
  }

  join(self: FleetMember): void {
    this.#self = self;
    this.#view = new FleetView(this.#gateway, self);
    self.watch((event) => this.#view.ours(event));
    const publish = (message: FleetMessage) => this.#publish('changes', message).then((to) => to !== null);
    this.#publisher = new LivePublisher({ gateway: this.#gateway, self, publish });
  }

  liveChanged(): void {
    this.#listen();
    const isFirst = performance.now() - this.#wroteAt > GATHER_MS;
    this.#writing ??= setTimeout(
      () => {
        this.#writing = undefined;
        this.#write();
      },
      isFirst ? 0 : GATHER_MS,
    );
  }

  async liveCalls(): Promise<LiveList> {
    const lists = await this.#lists.read();
    const theirs = lists && (await this.#lists.sessions([...lists.values()].flat()));
    const own = this.#view.own;
    const here = new Set(own.map(({ call_sid }) => call_sid));
    const elsewhere = (theirs ?? []).filter(({ call_sid }) => !here.has(call_sid));
    return { sessions: [...own, ...elsewhere], isPartial: theirs === null };
  }

  watch(watcher: CallWatcher): () => void {
    const isFirst = !this.#view.isWatched;
    const stop = this.#view.watch(watcher);
    this.#listen();
    if (isFirst) this.#subscription.listen(this.#channel('changes'));
    return () => {
      stop();
      if (this.#view.isWatched) return;
      this.#subscription.leave(this.#channel('changes'));
      this.#sayWatching('ends');
    };
  }

  async ask(request: FleetRequest): Promise<FleetAnswer> {
    const { about, callSid } = request;
    const by = request.about === 'finish' ? null : request.by;
    const lists = await this.#lists.read();
    if (lists === null) return 'unavailable';
    const owner = [...lists].find(([, callSids]) => callSids.includes(callSid))?.[0];
    if (owner === undefined) return 'gone';
    this.#listen();
    return this.#requests.ask((id) =>
      this.#publish(owner, { type: 'request', from: this.#gateway, id, about, call_sid: callSid, by }),
    );
  }

  async close(): Promise<void> {
    this.#endReadiness();
    clearTimeout(this.#writing);
    clearInterval(this.#refreshing);
    this.#publisher?.close();
    await this.#lists.write([]);
    this.#subscription.close();
  }

  /** From the first call or watcher on: others may ask us, or tell us that they watch. */
  #listen(): void {
    if (this.#refreshing !== undefined) return;
    this.#refreshing = setInterval(() => this.#refresh(), REFRESH_MS).unref();
    this.#subscription.listen(this.#channel('watchers'), this.#channel(this.#gateway));
  }

  /** What was said before was missed. */
  #greet(): void {
    void this.#publish('watchers', { type: 'hello', from: this.#gateway });
    if (this.#view.isWatched) this.#sayWatching('begins');
  }

  #refresh(): void {
    if (this.#lists.isListed) this.#write();
    this.#publisher?.tellCalls();
    this.#view.forgetSilent(SILENT_MS);
    if (this.#view.isWatched) this.#sayWatching('goes on');
  }

  #write(): void {
    this.#wroteAt = performance.now();
    void this.#lists.write(this.#view.own.map(({ call_sid }) => call_sid));
  }

  #take(text: string): void {
    const message = readMessage(text);
    if (!message || message.from === this.#gateway) return;
    if (message.type === 'watching') this.#publisher?.watched(message.from, message.how);
    else if (message.type === 'request') void this.#answer(message);
    else if (message.type === 'answer')
      this.#requests.answered(message.id, message.taken ?? (message.done ? 'done' : 'refused'));
    else if (message.type === 'changes') this.#changed(message);
    else if (this.#view.isWatched) this.#sayWatching('goes on');
  }

  #changed(message: FleetMessage & { type: 'changes' }): void {
    const now = performance.now();
    if (this.#view.theirs(changesOf(message)) || now - this.#missedAt < MISSED_MS) return;
    this.#missedAt = now;
    this.#sayWatching('begins');
  }

  async #answer({
    from,
    id,
    about,
    call_sid: callSid,
    by,
  }: FleetMessage & { type: 'request' }): Promise<void> {
    const known = ABOUT.find((each) => each === about);
    const asked = known === 'finish' ? { about: known, callSid } : known && { about: known, callSid, by };
    const given = asked && (await this.#self?.answer(asked));
    const taken = typeof given === 'object' ? { taken: { kind: given.kind, by: given.by } } : {};
    await this.#publish(from, { type: 'answer', from: this.#gateway, id, done: given === true, ...taken });
  }

  #sayWatching(how: Watching): void {
    void this.#publish('watchers', { type: 'watching', from: this.#gateway, how });
  }

  /** How many listen; null when that cannot be told. Never rejects. */
  #publish(to: string, message: FleetMessage): Promise<number | null> {
    const [channel, text] = [this.#channel(to), writeMessage(message)];
    return this.#client.run<number | null>('publishLive', (redis) => redis.publish(channel, text), null);
  }

  #channel(name: string): string {
    return channelOf('live', this.#database, name);
  }
}

function changesOf({ from, sessions, ended, calls, words }: FleetMessage & { type: 'changes' }) {
  const callSids = calls && new Set(calls);
  const spoken = words?.map(({ call_sid: callSid, text, turns }) => ({ callSid, text, turns }));
  return { gateway: from, sessions: sessions.map(readTheirs), ended, words: spoken, callSids };
}

/** The questions to other gateways that are not answered yet. */
class FleetRequests {
  readonly #open = new Map<string, (answer: FleetAnswer) => void>();

  /** `send` tells how many have got it; null when that cannot be told. */
  async ask(send: (id: string) => Promise<number | null>): Promise<FleetAnswer> {
    if (this.#open.size >= MOST_OPEN) return 'unavailable';
    const id = randomBytes(8).toString('hex');
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<FleetAnswer>((resolve) => {
      this.#open.set(id, resolve);
      timer = setTimeout(() => resolve('timeout'), ANSWER_WITHIN_MS);
    });
    const sent = send(id).then((receivers) => {
      if (receivers === null) return 'unavailable';
      return receivers === 0 ? 'gone' : answered;
    });
    const answer = await Promise.race([answered, sent]);
    clearTimeout(timer);
    this.#open.delete(id);
    return answer;
  }

  answered(id: string, answer: FleetAnswer): void {
    this.#open.get(id)?.(answer);
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { readSession } from '../../src/sessions/session-text.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import type { HistoryRead, HistoryWrite, Version } from '../../test/support/session-history.js';
import type { Owned, OwnerProcess } from './owner-process.js';

/** Fields that only others change, but for the first, which a call's owner holds as well and takes over. */
const FIELDS = ['customer_id', ...Array.from({ length: 7 }, (_, n) => `writer_${n}`)];
const UPDATES = 6;
const CHANGES = 10;
const TAKEOVERS = 3;
const READS = 25;
const LASTS_MS = 2_500;
const MOST_TRIES = 20;

/** One call: owners that take it over from each other, eight who update it, and one who looks; each at random moments. */
export class OneHistory {
  readonly writes: HistoryWrite[] = [];
  readonly reads: HistoryRead[] = [];
  readonly problems: string[] = [];
  readonly #callSid: string;
  readonly #processes: readonly OwnerProcess[];
  readonly #redis: Redis;
  #count = 0;
  #streams = 0;

  constructor(callSid: string, processes: readonly OwnerProcess[], redis: Redis) {
    this.#callSid = callSid;
    this.#processes = processes;
    this.#redis = redis;
  }

  async begin(): Promise<void> {
    const stream = this.#newStream();
    const begin = performance.now();
    const [first] = this.#processes;
    this.#note(begin, (await first?.owned({ callSid: this.#callSid, do: 'begin', stream })) ?? [], 0);
  }

  /** Settles when every command was answered. */
  async run(): Promise<void> {
    await Promise.all([
      ...FIELDS.map((field) => this.#update(field)),
      this.#atRandom(CHANGES, () => this.#change()),
      this.#atRandom(TAKEOVERS, () => this.#takeOver()),
      this.#atRandom(READS, () => this.#read()),
    ]);
  }

  /** Nothing stands still any more: one owner is left, its session is the stored one, and after its end nothing is. */
  async settle(): Promise<void> {
    const callSid = this.#callSid;
    const owners = await this.#untilOneOwns();
    await this.#read();
    const stored = await this.#stored();
    const [winner] = owners;
    if (!winner || owners.length > 1) return void this.problems.push(`${owners.length} owners are left`);
    const isSame = JSON.stringify(stored) === JSON.stringify({ ...winner.data, last_updated: '' });
    if (!isSame) this.problems.push('What is stored is not what its owner holds');
    // Another takes the call over and ends it, of which its last owner hears nothing.
    const heir = this.#processes[(winner.process + 1) % this.#processes.length];
    const stream = this.#newStream();
    await heir?.owned({ callSid, do: 'take over', stream, count: this.#next() });
    await heir?.owned({ callSid, do: 'end', stream });
    await this.#everybody('change');
    if ((await this.#redis.exists(`session:${callSid}`)) !== 0) this.problems.push('An ended call is back');
    await this.#everybody('leave');
  }

  /** Who still owns the call when everybody has asked the store, a few times: one that gets no answer does not lose it. */
  async #untilOneOwns(): Promise<(Owned & { readonly process: number })[]> {
    const settle = { callSid: this.#callSid, do: 'settle' } as const;
    for (let tries = 1; ; tries++) {
      const all = await Promise.all(this.#processes.map((each) => each.owned(settle)));
      const everybody = all.flatMap((owned, process) => owned.map((each) => ({ ...each, process })));
      const owners = everybody.filter(({ isFenced }) => !isFenced);
      if ((owners.length === 1 && owners[0]?.isStored) || tries === MOST_TRIES) return owners;
      await pause(200);
    }
  }

  async #everybody(what: 'change' | 'leave'): Promise<void> {
    const [callSid, count] = [this.#callSid, this.#next()];
    await Promise.all(this.#processes.map((each) => each.owned({ callSid, do: what, count })));
  }

  async #update(field: string): Promise<void> {
    for (let n = 1; n <= UPDATES; n++) {
      await pause((Math.random() * 2 * LASTS_MS) / UPDATES);
      const begin = performance.now();
      const command = { callSid: this.#callSid, do: 'update', field, count: n } as const;
      const isKnown = await this.#anyProcess().wrote(command);
      const end = isKnown ? performance.now() : null;
      this.writes.push({ part: field, version: [0, n], by: field, begin, end });
    }
  }

  /** Whoever owns the call, or still believes it, goes on with it. */
  async #change(): Promise<void> {
    const [begin, count] = [performance.now(), this.#next()];
    const change = async (process: OwnerProcess) => {
      const owned = await process.owned({ callSid: this.#callSid, do: 'change', count });
      this.#note(begin, owned, count);
    };
    await Promise.all(this.#processes.map(change));
  }

  async #takeOver(): Promise<void> {
    const [begin, count, stream] = [performance.now(), this.#next(), this.#newStream()];
    const command = { callSid: this.#callSid, do: 'take over', stream, count } as const;
    this.#note(begin, await this.#anyProcess().owned(command), count);
  }

  #note(begin: number, owned: readonly Owned[], count: number): void {
    for (const { data, isStored } of owned) {
      const version: Version = [data.resumes, count];
      const end = isStored ? performance.now() : null;
      this.writes.push({ part: 'owner', version, by: data.stream_sid, begin, end });
    }
  }

  async #read(): Promise<void> {
    const begin = performance.now();
    const text = await this.#redis.get(`session:${this.#callSid}`);
    const end = performance.now();
    if (text === null) return void this.problems.push('The session was gone');
    const session = readSession(text);
    const { resumes, interruptions, stream_sid } = restoreSession(this.#callSid, session);
    const seen = new Map<string, { version: Version; by: string }>();
    seen.set('owner', { version: [resumes, interruptions], by: stream_sid });
    for (const field of FIELDS) {
      const value = session[field];
      if (typeof value === 'number') seen.set(field, { version: [0, value], by: field });
    }
    this.reads.push({ begin, end, seen });
  }

  async #stored(): Promise<unknown> {
    const text = await this.#redis.get(`session:${this.#callSid}`);
    return text && { ...restoreSession(this.#callSid, readSession(text)), last_updated: '' };
  }

  async #atRandom(times: number, work: () => Promise<void>): Promise<void> {
    const once = async () => {
      await pause(Math.random() * LASTS_MS);
      await work();
    };
    await Promise.all(Array.from({ length: times }, once));
  }

  #anyProcess(): OwnerProcess {
    const process = this.#processes[Math.floor(Math.random() * this.#processes.length)];
    if (!process) throw new Error('There is no process to command.');
    return process;
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #newStream(): string {
    this.#streams += 1;
    return `MZ${this.#streams}`;
  }
}

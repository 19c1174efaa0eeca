import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_SERVICES } from '../../src/shop/service.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { OVERRIDE_NOTE } from './book-history.js';
import { ADMIN_TOKEN } from './shared-shop.js';

const THINK_MS = 1500;
const LOOK_MS = 20;
const GIVE_UP_MS = 10_000;
const DAY_MS = 86_400_000;

/** What one of the staff did, and what went wrong. */
export interface StaffWork {
  written: number;
  refused: number;
  /** 503: the book could not be reached in time. */
  unavailable: number;
  changes: number;
  /** The longest that the other gateway did not know of a change. */
  worstSeenMs: number;
  readonly faults: string[];
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One of the staff: works at one gateway after the other, and changes the shop meanwhile. */
export class ShopStaff {
  readonly #urls: readonly string[];
  readonly #work: StaffWork = {
    written: 0,
    refused: 0,
    unavailable: 0,
    changes: 0,
    worstSeenMs: 0,
    faults: [],
  };
  readonly #booked: number[] = [];
  readonly #closures: number[] = [];
  #turn: number;

  constructor(urls: readonly string[], index: number) {
    this.#urls = urls;
    this.#turn = index;
  }

  async work(until: number): Promise<StaffWork> {
    const acts = [
      () => this.#book(),
      () => this.#book(),
      () => this.#overrule(),
      () => this.#move(),
      () => this.#move(),
      () => this.#cancel(),
      () => this.set(someChange()),
      () => this.#close(),
    ];
    while (performance.now() < until) {
      await anyOf(acts)?.().catch((error: unknown) => this.#work.faults.push(String(error)));
      this.#turn += 1;
      await pause(Math.random() * THINK_MS);
    }
    return this.#work;
  }

  /** Changes settings, and waits until the other gateway knows. */
  async set(changes: Partial<ShopSettings>): Promise<void> {
    await this.#changed(await this.#ask('PATCH', '/api/shop', changes));
  }

  async #book(): Promise<void> {
    const service_type = anyOf(DEFAULT_SERVICES)?.type ?? 'tires';
    const date = await this.#openTime(service_type);
    if (date) this.#note(await this.#ask('POST', '/api/appointments', { service_type, date }));
  }

  // Also where it cannot be: outside the hours, at no beginning of an appointment, in a bay that is taken.
  async #overrule(): Promise<void> {
    const quarter = 900_000;
    const time = Math.floor((Date.now() + Math.random() * 70 * DAY_MS) / quarter) * quarter;
    const what = {
      service_type: anyOf(DEFAULT_SERVICES)?.type ?? 'tires',
      date: new Date(time).toISOString(),
    };
    const bay = Math.random() < 0.5 ? { bay: 1 + Math.floor(Math.random() * 48) } : {};
    const staff = { override: true, notes: OVERRIDE_NOTE };
    this.#note(await this.#ask('POST', '/api/appointments', { ...what, ...bay, ...staff }));
  }

  async #move(): Promise<void> {
    const id = anyOf(this.#booked);
    if (id === undefined) return this.#book();
    const date = await this.#openTime('tires');
    if (date) this.#note(await this.#ask('PATCH', `/api/appointments/${id}`, { date, notes: null }));
  }

  async #cancel(): Promise<void> {
    const id = this.#booked.shift();
    if (id !== undefined) this.#note(await this.#ask('DELETE', `/api/appointments/${id}`));
  }

  async #close(): Promise<void> {
    const old = this.#closures.length > 2 ? this.#closures.shift() : undefined;
    if (old !== undefined) return this.#changed(await this.#ask('DELETE', `/api/closures/${old}`));
    const day = new Date(Date.now() + Math.floor(Math.random() * 20) * DAY_MS).toISOString().slice(0, 10);
    const bay = Math.random() < 0.7 ? 1 + Math.floor(Math.random() * 3) : null;
    const hours = Math.random() < 0.5 ? '06:00-18:30' : null;
    const answer = await this.#ask('POST', '/api/closures', { from: day, to: day, bay, hours, reason: null });
    if (typeof answer.body.id === 'number') this.#closures.push(answer.body.id);
    await this.#changed(answer);
  }

  async #openTime(service: string): Promise<string | null> {
    const from = new Date(Date.now() + Math.random() * 10 * DAY_MS).toISOString();
    const query = new URLSearchParams({ service_type: service, from, limit: '20' });
    const { body } = await this.#ask('GET', `/api/availability?${query}`);
    const times = Array.isArray(body.availability) ? body.availability : [];
    const found: unknown = anyOf(times)?.starts_at;
    return typeof found === 'string' ? found : null;
  }

  #note({ status, body }: Answer): void {
    if (status === 409) this.#work.refused += 1;
    else if (status === 503) this.#work.unavailable += 1;
    else if (status >= 300) this.#work.faults.push(`${status} ${JSON.stringify(body)}`);
    else this.#work.written += 1;
    if (status === 201 && typeof body.id === 'number') this.#booked.push(body.id);
  }

  async #changed({ status, body }: Answer): Promise<void> {
    if (status === 503) this.#work.unavailable += 1;
    else if (status >= 300) this.#work.faults.push(`${status} ${JSON.stringify(body)}`);
    if (status >= 300) return;
    const startedAt = performance.now();
    const revision = Number((await this.#ask('GET', '/api/shop')).body.revision);
    const other = this.#urls[(this.#turn + 1) % this.#urls.length];
    for (;;) {
      const seen = Number((await this.#ask('GET', '/api/shop', undefined, other)).body.revision);
      const tookMs = performance.now() - startedAt;
      this.#work.worstSeenMs = Math.max(this.#work.worstSeenMs, tookMs);
      if (seen >= revision || tookMs > GIVE_UP_MS) break;
      await pause(LOOK_MS);
    }
    this.#work.changes += 1;
  }

  async #ask(
    method: string,
    path: string,
    body?: object,
    url = this.#urls[this.#turn % this.#urls.length],
  ): Promise<Answer> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }
}

function someChange(): Partial<ShopSettings> {
  return oneOf<Partial<ShopSettings>>([
    { lead_minutes: oneOf([0, 60, 120, 600]) },
    { same_day_until: oneOf([null, '00:00', '12:00', '23:59']) },
    { horizon_days: oneOf([5, 20, 60]) },
    { slot_minutes: oneOf([15, 20, 30]) },
    { bays: oneOf([24, 32, 40, 48]) },
    { hours: oneOf(['Mon-Sun 00:00-23:59', 'Mon-Sun 00:00-12:00, 13:00-24:00', '24/7']) },
    {
      services: DEFAULT_SERVICES.map((service) => ({
        ...service,
        after_minutes: oneOf([0, 15, 60]),
        minutes: oneOf([30, 60, 90]),
      })),
    },
  ]);
}

function oneOf<T>(all: readonly [T, ...T[]]): T {
  return anyOf(all) ?? all[0];
}

/** Undefined: there is none. */
function anyOf<T>(all: readonly T[]): T | undefined {
  return all[Math.floor(Math.random() * all.length)];
}

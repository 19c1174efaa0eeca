import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { GatewayLog } from './gateway-log.js';
import { ADMIN_TOKEN, EMAIL, FIRST_NAME, LAST_NAME, NUMBER, VIN } from './pii-leak-words.js';

const SAMPLE_MS = 200;

/** Everything in which no canary may stand. */
export class Places {
  readonly log = new GatewayLog();
  readonly errorBodies: string[] = [];
  readonly metrics: string[] = [];
  /** But for those of cached customers, whose number is their key. */
  readonly keys = new Set<string>();

  /** What is to be seen from outside, again and again for so many ms. */
  async watch(gateway: GatewayProcess, redis: Redis, ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await this.#sample(gateway, redis);
      await pause(SAMPLE_MS);
    }
  }

  async #sample(gateway: GatewayProcess, redis: Redis): Promise<void> {
    this.metrics.push(await fetch(`${gateway.url}/metrics`).then((response) => response.text()));
    const keys = await redis.keys('*').catch(() => []);
    for (const key of keys) if (!key.startsWith('customer:')) this.keys.add(key);
    await this.#page(`${gateway.url}/health/redis`);
    await this.#page(`${gateway.url}/api/live`);
  }

  /** A request that may fail; only then is its answer kept. */
  async #page(url: string, init: RequestInit = {}): Promise<void> {
    const response = await fetch(url, init);
    const body = await response.text();
    if (response.status >= 400) this.errorBodies.push(body);
  }

  /** A customer is written, and read. */
  async write(gateway: GatewayProcess): Promise<void> {
    const headers = {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'content-type': 'application/json',
    };
    const body = JSON.stringify({
      phone_number: NUMBER,
      first_name: FIRST_NAME,
      last_name: LAST_NAME,
      email: EMAIL,
    });
    const vehicle = JSON.stringify({ make: FIRST_NAME, model: LAST_NAME, vin: VIN });
    const customers = `${gateway.url}/api/customers`;
    await this.#page(customers, { method: 'POST', headers, body });
    await this.#page(`${customers}?phone=${encodeURIComponent(NUMBER)}`, { headers });
    const all = await fetch(`${customers}?limit=200`, { headers }).then((response) => response.text());
    const id = new RegExp(`"id":(\\d+),"phone_number":"\\${NUMBER}"`).exec(all)?.[1] ?? '1';
    await this.#page(`${customers}/${id}/vehicles`, { method: 'POST', headers, body: vehicle });
    await this.#page(`${customers}/${id}`, { method: 'PATCH', headers, body });
  }
}

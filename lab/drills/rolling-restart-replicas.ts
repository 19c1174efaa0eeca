import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { Gateways } from '../../test/support/shipped-haproxy.js';
import type { NameServer } from './rolling-restart-names.js';
import { type SharedStores, startInShop } from './shared-shop.js';

const GATEWAYS = 4;
/** As docker-compose.yml and bayline@.service set it. */
const SHIPPED = { DRAIN_NOTICE_SECONDS: '5' };

export interface RestartTimes {
  readonly exitCodes: readonly (number | null)[];
  readonly slowestMs: number;
  readonly allMs: number;
}

/** What stands in the shipped file, and what stands there for the drill. */
export function addressesIn(file: Gateways['file'], port: number, names: number): Record<string, string> {
  if (file === 'compose.cfg')
    return { '127.0.0.11:53': `127.0.0.1:${names}`, 'gateway:3000': `localhost:${port}` };
  const all = Array.from({ length: GATEWAYS }, (_, n) => [`127.0.0.1:300${n + 1}`, `${hostOf(n)}:${port}`]);
  return Object.fromEntries(all);
}

/** Replicas have one port and an address each, as containers do. */
function hostOf(n: number): string {
  return `127.0.1.${n + 1}`;
}

interface ReplicaOptions {
  readonly stores: SharedStores;
  readonly port: number;
  readonly publicUrl: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Four gateways of one shop, in processes of their own. */
export class Replicas {
  readonly #names: NameServer;
  readonly #options: ReplicaOptions;
  #running: GatewayProcess[] = [];

  constructor(names: NameServer, options: ReplicaOptions) {
    this.#names = names;
    this.#options = options;
  }

  get port(): number {
    return this.#options.port;
  }

  async start(): Promise<void> {
    const all = Array.from({ length: GATEWAYS }, (_, n) => this.#start(n));
    this.#running = await Promise.all(all);
  }

  /** SIGTERM, its end, and a new one, one gateway after the other. */
  async restartEach(): Promise<RestartTimes> {
    const [exitCodes, times]: [(number | null)[], number[]] = [[], []];
    const startedAt = performance.now();
    for (const [n, gateway] of this.#running.entries()) {
      const termAt = performance.now();
      exitCodes.push(await gateway.stop());
      this.#names.addresses.delete(hostOf(n));
      this.#running[n] = await this.#start(n);
      times.push(performance.now() - termAt);
    }
    return { exitCodes, slowestMs: Math.max(...times), allMs: performance.now() - startedAt };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((gateway) => gateway.kill()));
  }

  /** A container's name is known as soon as it runs, ready or not. */
  #start(n: number): Promise<GatewayProcess> {
    const { stores, port, publicUrl, settings } = this.#options;
    this.#names.addresses.add(hostOf(n));
    return startInShop(stores, {
      HOST: hostOf(n),
      PORT: String(port),
      PUBLIC_URL: publicUrl,
      ...SHIPPED,
      ...settings,
    });
  }
}

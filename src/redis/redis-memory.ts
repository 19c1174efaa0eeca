import { Cluster } from 'ioredis';
import type { Logger } from '../core/logger.js';
import type { StoreMetrics } from '../core/store-metrics.js';
import type { RedisClient, RedisCommands } from './redis-client.js';

interface RedisMemoryOptions {
  readonly client: Pick<RedisClient, 'run' | 'onReady'>;
  readonly metrics: {
    readonly stores: Pick<StoreMetrics, 'redisMemory' | 'redisMemoryLimit' | 'redisMemoryUnknown'>;
  };
  readonly logger: Logger;
}

/** In bytes; `limit` is 0 where there is none. */
interface Memory {
  readonly used: number;
  readonly limit: number;
}

const EVERY_MS = 30_000;
const WARN_ABOVE = 0.8;
const CALM_BELOW = 0.75;

/**
 * Asks Redis every 30 s how much memory it uses, and warns once when that comes near its limit. In a Cluster the fullest node counts: it is
 * the first to refuse writes.
 */
export class RedisMemory {
  readonly #options: RedisMemoryOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #isFull = false;
  /** Who may not ask for INFO is not told so every 30 s: it is tried again on the next connection. */
  #mayAsk = true;

  constructor(options: RedisMemoryOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), EVERY_MS).unref();
    this.#stopListening = options.client.onReady(() => {
      this.#mayAsk = true;
      void this.look();
    });
  }

  /** Never rejects. */
  async look(): Promise<void> {
    if (!this.#mayAsk) return;
    const memory = await this.#options.client.run('redisMemory', (commands) => this.#ask(commands), null);
    const { stores } = this.#options.metrics;
    if (memory === null) return stores.redisMemoryUnknown();
    stores.redisMemory.set(memory.used);
    stores.redisMemoryLimit.set(memory.limit);
    this.#judge(memory);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
  }

  async #ask(commands: RedisCommands): Promise<Memory | null> {
    const nodes = commands instanceof Cluster ? commands.nodes('master') : [commands];
    try {
      const answers = await Promise.all(nodes.map((node) => node.info('memory')));
      return fullestOf(answers.flatMap((answer) => memoryIn(answer) ?? []));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOPERM'))) throw error;
      if (this.#mayAsk)
        this.#options.logger.info('Redis does not let its user ask for INFO: its memory is not watched');
      this.#mayAsk = false;
      return null;
    }
  }

  #judge({ used, limit }: Memory): void {
    const share = limit === 0 ? 0 : used / limit;
    if (share > WARN_ABOVE && !this.#isFull) {
      this.#isFull = true;
      this.#options.logger.warn(
        { used_bytes: used, limit_bytes: limit },
        `Redis uses ${Math.round(share * 100)} % of its memory. When it is full, no session is written any more: raise maxmemory, or look for what else is stored there.`,
      );
    } else if (share < CALM_BELOW) this.#isFull = false;
  }
}

/** Null when that is no answer to INFO. */
function memoryIn(answer: string): Memory | null {
  const [used, limit] = ['used_memory', 'maxmemory'].map(
    (name) => new RegExp(`^${name}:(\\d+)\\s*$`, 'm').exec(answer)?.[1],
  );
  return used === undefined ? null : { used: Number(used), limit: Number(limit ?? 0) };
}

function fullestOf(nodes: readonly Memory[]): Memory | null {
  const share = ({ used, limit }: Memory) => (limit === 0 ? 0 : used / limit);
  const [first = null] = [...nodes].sort((a, b) => share(b) - share(a) || b.used - a.used);
  return first;
}

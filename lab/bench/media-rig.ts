import { setTimeout as pause } from 'node:timers/promises';
import { type Load, type LoadResult, MediaLoad, offeredStreams, plainStreams } from './media-load.js';
import { PinnedProcess } from './pinned-process.js';

const MAX_CALLS = '10000';

/** Another server than this gateway: what it does with each message. */
export type Reference = 'receive' | 'listen' | 'detect' | 'echo' | 'speak';
/** What the gateway's agent does. `talk`: the agent of its settings. */
export type OurWork = 'listen' | 'echo' | 'speak' | 'talk';
type Settings = Readonly<Record<string, string>>;
export type ServerKind =
  | { readonly ours: OurWork; readonly settings?: Settings }
  | { readonly reference: Reference }
  /** `entry`: the module; `model`: where it sends what it hears. */
  | { readonly peer: { readonly entry: string; readonly model: string } };

/** What one run of a server under load took. */
export interface Run {
  readonly load: LoadResult;
  /** Of all threads of the server, for each message it got (µs). */
  readonly cpuUs: number;
  /** At the end, and when nobody had called (KB). */
  readonly residentKb: number;
  readonly idleKb: number;
  /** The gateway's figures at the end, of the loop since the time that counts began; Prometheus' text, empty for a reference. */
  readonly metrics: string;
}

/** Servers on one core, each for one run, and their load on the other. */
export class MediaRig {
  readonly #load: MediaLoad;
  readonly #redisUrl: string;

  private constructor(load: MediaLoad, redisUrl: string) {
    this.#load = load;
    this.#redisUrl = redisUrl;
  }

  static async build(redisUrl: string): Promise<MediaRig> {
    return new MediaRig(await MediaLoad.build(), redisUrl);
  }

  /** One run in a fresh process: nothing of an earlier one is left in it. `restMs`: how long nobody calls before; `settings`: of the gateway. */
  async run(
    kind: ServerKind,
    load: Omit<Load, 'look'>,
    { restMs = 0, settings = {} }: { restMs?: number; settings?: Settings } = {},
  ): Promise<Run> {
    const server = await this.#start(kind, settings);
    try {
      await server.untilIdle();
      await pause(restMs);
      const idleKb = server.residentKb;
      const { url } = server;
      const streams = 'ours' in kind ? await offeredStreams(url, load.calls) : plainStreams(load.calls);
      const [cpu, resident]: [number[], number[]] = [[], []];
      // The delays of the loop count from one scrape to the next.
      const scraped: Promise<string>[] = [];
      const look = () => {
        cpu.push(server.cpuUs);
        resident.push(server.residentKb);
        if ('ours' in kind) scraped.push(fetch(`${url}/metrics`).then((response) => response.text()));
      };
      const result = await this.#load.run(url, streams, { ...load, look });
      if (result.closed > 0) throw new Error(`${result.closed} of ${load.calls} streams were closed.`);
      const cpuUs = ((cpu[1] ?? 0) - (cpu[0] ?? 0)) / result.sent;
      const [, metrics = ''] = await Promise.all(scraped);
      return { load: result, cpuUs, residentKb: resident[1] ?? 0, idleKb, metrics };
    } finally {
      await server.stop();
    }
  }

  #start(kind: ServerKind, settings: Settings): Promise<PinnedProcess> {
    if ('ours' in kind) return this.startOurs(kind.ours, { ...kind.settings, ...settings });
    if ('reference' in kind) return PinnedProcess.start('reference-server', [kind.reference]);
    return PinnedProcess.start('peer-server', [kind.peer.entry, kind.peer.model]);
  }

  startOurs(work: OurWork, settings: Settings = {}): Promise<PinnedProcess> {
    const all = {
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: 'memory',
      AGENT: work === 'echo' ? 'echo' : 'keypad',
      LOG_LEVEL: 'warn',
      REDIS_URL: this.#redisUrl,
      MAX_CALLS,
      ...settings,
    };
    return PinnedProcess.start('media-gateway', [work], all);
  }
}

import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { freePort } from './redis-server.js';
import { type Direction, TcpLane, type Weather } from './tcp-pair.js';

const CLEAR: Weather = { latencyMs: 0, jitterMs: 0, sliceBytes: Number.POSITIVE_INFINITY, resetShare: 0 };

class Link implements ProxiedConnection {
  readonly inbound: Socket;
  readonly outbound: Socket;
  readonly lanes: Readonly<Record<Direction, TcpLane>>;

  constructor(inbound: Socket, outbound: Socket, weather: () => Weather) {
    this.inbound = inbound;
    this.outbound = outbound;
    this.lanes = { toServer: new TcpLane(outbound, weather), toClient: new TcpLane(inbound, weather) };
  }

  hold(direction: Direction): void {
    this.lanes[direction].hold();
  }

  release(direction: Direction): void {
    this.lanes[direction].release();
  }

  reset(): void {
    this.inbound.resetAndDestroy();
    this.outbound.resetAndDestroy();
  }
}

/** One connection through the proxy, for whoever acts on it alone; what concerns all of them is the proxy's. */
export interface ProxiedConnection {
  /** Keeps back what goes in this direction from now on, the chunk that is being told of included. */
  hold(direction: Direction): void;
  release(direction: Direction): void;
  reset(): void;
}

/**
 * A way to a server on which a network's faults can be made: stopped like a process that got SIGSTOP, bytes held back and released, late,
 * cut into pieces, connections reset or refused. Order is kept and nothing is lost but by a reset.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: NetConnectOpts;
  readonly #links = new Set<Link>();
  readonly #held = new Set<Direction>();
  #stopped = false;
  #refusing = false;
  #weather = CLEAR;
  /** Called with every chunk before it is passed on; for whoever acts at a certain step of a protocol. */
  onChunk: ((direction: Direction, chunk: Buffer, connection: ProxiedConnection) => void) | undefined;

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens on a loopback port; a free one when absent. */
  static async listen(target: NetConnectOpts, port?: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    const own = port ?? (await freePort());
    await new Promise<void>((done, fail) => {
      proxy.#server.once('error', fail).listen(own, '127.0.0.1', done);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** Connections stay open and are accepted, and nothing comes through until {@link goOn}. */
  stop(): void {
    this.#stopped = true;
    for (const { inbound, outbound } of this.#links) {
      inbound.pause();
      outbound.pause();
    }
  }

  goOn(): void {
    this.#stopped = false;
    for (const { inbound, outbound } of this.#links) {
      inbound.resume();
      outbound.resume();
    }
  }

  /** Keeps back what goes in this direction, until {@link release}. */
  hold(direction: Direction): void {
    this.#held.add(direction);
    for (const link of this.#links) link.hold(direction);
  }

  release(direction: Direction): void {
    this.#held.delete(direction);
    for (const link of this.#links) link.release(direction);
  }

  /** From now on, for every connection; what is not named is clear. `{}` ends all of it. */
  setWeather(weather: Partial<Weather>): void {
    this.#weather = { ...CLEAR, ...weather };
  }

  /** Every connection ends with a reset, on both sides. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** New connections are reset at once, until {@link accept}. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    for (const { inbound, outbound } of this.#links) {
      inbound.destroy();
      outbound.destroy();
    }
    await new Promise((done) => this.#server.close(done));
  }

  #accept(inbound: Socket): void {
    inbound.on('error', () => {});
    if (this.#refusing) return void inbound.resetAndDestroy();
    const outbound = connect(this.#target);
    const link = new Link(inbound, outbound, () => this.#weather);
    this.#links.add(link);
    this.#join(link, 'toServer', inbound, outbound);
    this.#join(link, 'toClient', outbound, inbound);
    for (const direction of this.#held) link.hold(direction);
    if (!this.#stopped) return;
    inbound.pause();
    outbound.pause();
  }

  #join(link: Link, direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      this.onChunk?.(direction, chunk, link);
      if (Math.random() < this.#weather.resetShare) link.reset();
      else link.lanes[direction].push(chunk);
    });
    from.on('error', () => {});
    // Ended and not destroyed: an answer that nobody reads would make the system throw away what has not been read of it.
    from.on('close', () => void link.lanes[direction].end().then(() => to.end()));
    from.on('close', () => to.closed && this.#links.delete(link));
  }
}

import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/**
 * A way to a server that can be stopped like a process that got SIGSTOP: connections stay open and are accepted, and nothing comes
 * through until it goes on.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: NetConnectOpts;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens on a loopback port; 0 or none picks a free one. */
  static async listen(target: NetConnectOpts, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((done, fail) => {
      proxy.#server.once('error', fail).listen(port, '127.0.0.1', done);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.pause();
  }

  goOn(): void {
    this.#stopped = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #accept(inbound: Socket): void {
    const outbound = connect(this.#target);
    this.#join(inbound, outbound);
    this.#join(outbound, inbound);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (data) => to.write(data));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#stopped) from.pause();
  }
}

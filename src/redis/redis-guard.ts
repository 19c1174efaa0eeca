import { type Command, Redis } from 'ioredis';

/** What is sent before the database is chosen, or needs none. */
const WITHOUT_DATABASE: ReadonlySet<string> = new Set([
  'auth',
  'client',
  'hello',
  'info',
  'ping',
  'quit',
  'readonly',
  'role',
]);
/** What a server answers to whatever comes first, before it closes the connection. */
const REFUSED_AT_THE_DOOR = /^(NOAUTH|WRONGPASS|DENIED|ERR max number of clients)/;
const RETRY_MS = 1_000;

/**
 * A connection on which no command leaves before its database number stands. ioredis goes on in database 0 when the server refuses
 * SELECT, at the start as on every reconnect; here each command fails with that refusal, and SELECT is sent again once a second. Emits
 * `database` when it stands at last.
 */
export class GuardedRedis extends Redis {
  /** What the server answered to the first command of a connection that it then closed. */
  refusedAtTheDoor: Error | undefined;
  #stands = true;
  #selects = 0;
  #refusal: Error | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** False while the database number is not known to be the right one. */
  get hasDatabase(): boolean {
    return this.#stands;
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name === 'select') this.#follow(command);
    else if (!this.#stands && !WITHOUT_DATABASE.has(command.name)) {
      command.reject(this.#refusal ?? new Error('The database number is not chosen yet'));
      return command.promise;
    }
    if (this.status === 'connect') this.#listenAtTheDoor(command);
    return super.sendCommand(command, stream);
  }

  override disconnect(reconnect = false): void {
    clearTimeout(this.#retry);
    super.disconnect(reconnect);
  }

  /** Only the answer to the latest SELECT counts. */
  #follow(command: Command): void {
    this.#selects += 1;
    const number = this.#selects;
    this.#stands = false;
    clearTimeout(this.#retry);
    command.promise.then(
      () => this.#selected(number),
      (error: Error) => this.#refused(number, error),
    );
  }

  #selected(number: number): void {
    if (number !== this.#selects) return;
    this.#stands = true;
    this.#refusal = undefined;
    if (this.status === 'ready') this.emit('database');
  }

  #refused(number: number, error: Error): void {
    if (number !== this.#selects) return;
    this.#refusal = error;
    this.#retry = setTimeout(() => this.#selectAgain(), RETRY_MS).unref();
  }

  /** A new connection chooses its database by itself. */
  #selectAgain(): void {
    if (this.status === 'ready') this.select(this.options.db ?? 0).catch(() => undefined);
  }

  #listenAtTheDoor(command: Command): void {
    this.refusedAtTheDoor = undefined;
    command.promise.catch((error: Error) => {
      if (REFUSED_AT_THE_DOOR.test(error.message)) this.refusedAtTheDoor = error;
    });
  }
}

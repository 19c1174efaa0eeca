import type { CallerDesk } from '../../../desk/desk.js';

/** How far the booking of this call is: the place that is kept while the caller decides, and a booking of which nobody knows yet whether it was written. */
export class KeptTime {
  readonly #desk: CallerDesk;
  #mayHold = false;
  #askedForName = false;
  #unknown: string | null;

  /** `unknown`: a time that this call may have booked on an earlier stream, or by an earlier agent, without learning of it; null: none. */
  constructor(desk: CallerDesk, unknown: string | null) {
    this.#desk = desk;
    this.#unknown = unknown;
  }

  /** Keeps a place for two minutes. `false`: taken meanwhile. */
  async keep(serviceType: string, startsAt: string): Promise<boolean> {
    await this.cancelOther(startsAt);
    this.#mayHold = true;
    return this.#desk.hold(serviceType, startsAt);
  }

  /** Settles like `write`, which books this time. When it rejects the time may be booked all the same. */
  async writing<T>(startsAt: string, write: () => Promise<T>): Promise<T> {
    await this.cancelOther(startsAt);
    this.#unknown = startsAt;
    const result = await write();
    this.#unknown = null;
    return result;
  }

  /** A caller who chooses again must not end with two appointments. */
  async cancelOther(startsAt: string): Promise<void> {
    if (this.#unknown === null || this.#unknown === startsAt) return;
    await this.#desk.cancelUnconfirmed(this.#unknown);
    this.#unknown = null;
  }

  /** The place became an appointment, or was given up with the booking. */
  given(): void {
    this.#mayHold = false;
  }

  /** Whether the caller was asked for a name before; from now on that is so. */
  wasAskedForName(): boolean {
    const before = this.#askedForName;
    this.#askedForName = true;
    return before;
  }

  /** Gives up the place, if one may be kept. */
  async release(): Promise<void> {
    if (!this.#mayHold) return;
    this.#mayHold = false;
    await this.#desk.release();
  }
}

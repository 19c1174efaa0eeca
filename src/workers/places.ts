export interface PlacesOptions {
  /** `MAX_CALLS`: so many calls for all processes together. */
  readonly most: number;
  /** A call that is on its way for longer than that no longer counts. */
  readonly comingMs: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Who has a place for a call in the whole gateway. A call has one, in however many processes it is known. */
export class Places {
  readonly #most: number;
  readonly #comingMs: number;
  readonly #now: () => number;
  /** Since when, the oldest first. */
  readonly #coming = new Map<string, number>();
  /** The worker that has its newest stream. */
  readonly #live = new Map<string, number>();

  constructor({ most, comingMs, now = () => performance.now() }: PlacesOptions) {
    this.#most = most;
    this.#comingMs = comingMs;
    this.#now = now;
  }

  get taken(): number {
    this.#forgetLate();
    let coming = 0;
    for (const callSid of this.#coming.keys()) if (!this.#live.has(callSid)) coming += 1;
    return this.#live.size + coming;
  }

  /** A place for a new call, which is then on its way; false when all are taken. */
  take(callSid: string): boolean {
    const isFull = this.taken >= this.#most;
    if (this.#coming.has(callSid) || this.#live.has(callSid)) return true;
    if (!isFull) this.coming(callSid);
    return !isFull;
  }

  /** A call is on its way, whether there is room or not. */
  coming(callSid: string): void {
    this.#coming.delete(callSid);
    this.#coming.set(callSid, this.#now());
  }

  notComing(callSid: string): void {
    this.#coming.delete(callSid);
  }

  started(callSid: string, worker: number): void {
    this.#coming.delete(callSid);
    this.#live.set(callSid, worker);
  }

  /** Not if another worker has a newer stream of the call. */
  left(callSid: string, worker: number): void {
    if (this.isAt(callSid, worker)) this.#live.delete(callSid);
  }

  isAt(callSid: string, worker: number): boolean {
    return this.#live.get(callSid) === worker;
  }

  isLive(callSid: string): boolean {
    return this.#live.has(callSid);
  }

  /** The calls of a worker that is gone, which are now on their way to another. */
  lose(worker: number): string[] {
    const lost = [...this.#live].flatMap(([callSid, at]) => (at === worker ? callSid : []));
    for (const callSid of lost) {
      this.#live.delete(callSid);
      this.coming(callSid);
    }
    return lost;
  }

  #forgetLate(): void {
    const since = this.#now() - this.#comingMs;
    for (const [callSid, at] of this.#coming) {
      if (at >= since) return;
      this.#coming.delete(callSid);
    }
  }
}

/** What can happen to the messages of Twilio on their way. */
export const INJECTED_FAULTS = ['drop', 'duplicate', 'reorder', 'late-stop', 'no-stop'] as const;
export type InjectedFault = (typeof INJECTED_FAULTS)[number];

/** One message in so many is dropped, or comes after the one behind it. */
const EVERY = 5;
const LATE_STOP_MS = 5000;

export interface FaultInjectorOptions {
  /** Null: nothing happens on the way. */
  readonly fault: InjectedFault | null;
  readonly deliver: (text: string) => void;
  readonly lose: () => void;
}

/** Twilio's messages on their way to the gateway: the same ones suffer in each replay. `connected` and `start` never do. */
export class FaultInjector {
  readonly #options: FaultInjectorOptions;
  #count = 0;
  #held: string | null = null;

  constructor(options: FaultInjectorOptions) {
    this.#options = options;
  }

  send(text: string): void {
    const { fault, deliver } = this.#options;
    if (fault === null || /"event":"(connected|start)"/.test(text)) return deliver(text);
    this.#count += 1;
    if (fault === 'duplicate') deliver(text);
    if (fault === 'drop') this.#drop(text);
    else if (fault === 'reorder') this.#reorder(text);
    else if (fault !== 'duplicate' && text.includes('"event":"stop"')) this.#stop(text);
    else deliver(text);
  }

  #drop(text: string): void {
    if (this.#count % EVERY !== 0) this.#options.deliver(text);
  }

  #reorder(text: string): void {
    const held = this.#held;
    this.#held = null;
    if (this.#count % EVERY === 0 && !text.includes('"event":"stop"')) {
      this.#held = text;
      return;
    }
    this.#options.deliver(text);
    if (held !== null) this.#options.deliver(held);
  }

  #stop(text: string): void {
    const { fault, deliver, lose } = this.#options;
    if (fault === 'no-stop') lose();
    else setTimeout(deliver, LATE_STOP_MS, text);
  }
}

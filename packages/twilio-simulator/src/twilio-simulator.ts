import { GatewayAddress } from './gateway-address.js';
import { SharedTicker, type Ticker } from './ticker.js';
import { type CallDependencies, TwilioCall, type TwilioCallOptions } from './twilio-call.js';
import { WebhookClient } from './webhook-client.js';

export interface TwilioSimulatorOptions {
  /** Where the gateway is reached, e.g. `http://127.0.0.1:3000`. */
  readonly gatewayUrl: string;
  /** The gateway's `PUBLIC_URL`, against which it checks signatures; the same as `gatewayUrl` when absent. */
  readonly publicUrl?: string;
  /** Signs webhooks and upgrades; without it nothing is signed. */
  readonly authToken?: string;
  /** The authority that vouches for an `https` gateway's certificate, PEM; Node's usual ones when absent. */
  readonly ca?: string;
  /** Where the gateway answers a call with TwiML; `/twilio/voice` when absent. */
  readonly voicePath?: string;
  /** Where it is told that a call is over; `/twilio/call-status` when absent, `null`: it is not told. */
  readonly statusPath?: string | null;
  readonly ticker?: Ticker;
}

/** Twilio for one gateway: any number of calls on one clock. */
export class TwilioSimulator {
  readonly #shared: CallDependencies;
  readonly #calls = new Set<TwilioCall>();

  constructor(options: TwilioSimulatorOptions) {
    const { voicePath = '/twilio/voice', statusPath = '/twilio/call-status' } = options;
    const address = new GatewayAddress(options.gatewayUrl, options.publicUrl, options.ca);
    const client = new WebhookClient(address, options.authToken ?? null);
    this.#shared = { address, client, ticker: options.ticker ?? new SharedTicker(), voicePath, statusPath };
  }

  /** A new call that rings at once. */
  call(options: TwilioCallOptions = {}): TwilioCall {
    const call = new TwilioCall(options, this.#shared);
    this.#calls.add(call);
    void call.untilEnded().finally(() => this.#calls.delete(call));
    return call;
  }

  /**
   * From now on requests and streams for the public address go to another gateway, as behind a balancer; open streams
   * stay where they are.
   */
  routeTo(gatewayUrl: string): void {
    this.#shared.address.routeTo(gatewayUrl);
  }

  /** Every caller hangs up; settles when all calls have ended and nothing is left open. */
  async close(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.hangUp()));
  }
}

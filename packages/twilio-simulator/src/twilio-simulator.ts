import { GatewayAddress } from './gateway-address.js';
import { SharedTicker, type Ticker } from './ticker.js';
import { TwilioCall, type TwilioCallOptions } from './twilio-call.js';
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
  readonly ticker?: Ticker;
}

/** Twilio for one gateway: any number of calls on one clock. */
export class TwilioSimulator {
  readonly #address: GatewayAddress;
  readonly #client: WebhookClient;
  readonly #ticker: Ticker;
  readonly #calls = new Set<TwilioCall>();

  constructor({ gatewayUrl, publicUrl, authToken, ca, ticker }: TwilioSimulatorOptions) {
    this.#address = new GatewayAddress(gatewayUrl, publicUrl, ca);
    this.#client = new WebhookClient(this.#address, authToken ?? null);
    this.#ticker = ticker ?? new SharedTicker();
  }

  /** A new call that rings at once. */
  call(options: TwilioCallOptions = {}): TwilioCall {
    const call = new TwilioCall(options, {
      client: this.#client,
      address: this.#address,
      ticker: this.#ticker,
    });
    this.#calls.add(call);
    void call.untilEnded().finally(() => this.#calls.delete(call));
    return call;
  }

  /**
   * From now on requests and streams for the public address go to another gateway, as behind a balancer; open streams
   * stay where they are.
   */
  routeTo(gatewayUrl: string): void {
    this.#address.routeTo(gatewayUrl);
  }

  /** Every caller hangs up; settles when all calls have ended and nothing is left open. */
  async close(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.hangUp()));
  }
}

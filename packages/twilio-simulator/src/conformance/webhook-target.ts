import { CallFlow, type DialResult, type Line, type Params } from '../call-flow.js';
import { type CallIdentity, newSid } from '../call-form.js';
import type { Outcome, Purpose } from '../call-record.js';
import { CallWebhooks } from '../call-webhooks.js';
import type { GatewayAddress } from '../gateway-address.js';
import { endOfBadUrl } from '../stream-end.js';
import type { HttpMethod, StreamNoun } from '../twiml-reader.js';
import type { WebhookAnswer, WebhookClient } from '../webhook-client.js';
import { asSentence } from './finding.js';
import type { NoStream, StreamTarget, Talk } from './stream-target.js';

export interface WebhookTargetOptions {
  /** The voice webhook, as Twilio would be told it. */
  readonly url: string;
  readonly client: WebhookClient;
  readonly address: GatewayAddress;
}

/** A server whose voice webhook gives every call an address and parameters of its own. */
export class WebhookTarget implements StreamTarget {
  readonly #options: WebhookTargetOptions;

  constructor(options: WebhookTargetOptions) {
    this.#options = options;
  }

  async call(identity: CallIdentity, talk: Talk): Promise<NoStream | null> {
    const line = new WebhookLine(this.#options, identity, talk);
    const outcome = await new CallFlow(line).run(this.#options.url);
    await line.settled();
    return line.hasStreamed ? line.fault : (line.fault ?? noStreamOf(outcome));
  }
}

/** Runs TwiML up to its first stream, and what follows when the server has ended it. */
class WebhookLine implements Line {
  readonly #options: WebhookTargetOptions;
  readonly #webhooks: CallWebhooks;
  readonly #talk: Talk;
  #hungUp = false;
  #answered = false;
  hasStreamed = false;
  fault: NoStream | null = null;

  constructor(options: WebhookTargetOptions, identity: CallIdentity, talk: Talk) {
    this.#options = options;
    this.#webhooks = new CallWebhooks(options.client, identity, () => {});
    this.#talk = talk;
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  async request(purpose: Purpose, url: string, method: HttpMethod, extra: Params): Promise<WebhookAnswer> {
    const status = this.#answered ? 'in-progress' : 'ringing';
    return await this.#webhooks.fetch(purpose, url, method, { CallStatus: status, ...extra });
  }

  onTwiml(): void {
    this.#answered = true;
  }

  async stream(noun: StreamNoun): Promise<void> {
    const bad = endOfBadUrl(noun.url);
    if (bad) this.fault = { twilio: bad.error, sentence: asSentence(bad.detail) };
    // One stream is what a call is checked by; a server that offers another one is hung up on.
    if (bad || this.hasStreamed) this.#hungUp = true;
    else await this.#open(noun);
  }

  say(): void {}

  async pause(): Promise<void> {}

  async dial(): Promise<DialResult> {
    return 'completed';
  }

  /** Settles when every request is answered. */
  async settled(): Promise<void> {
    await this.#webhooks.settled();
  }

  async #open(noun: StreamNoun): Promise<void> {
    const { client, address } = this.#options;
    const signature = client.signUpgrade(noun.url);
    const streamSid = newSid('MZ');
    this.hasStreamed = true;
    this.#webhooks.streamStarted(noun, streamSid);
    const { end, byCaller } = await this.#talk({
      url: address.connectUrl(noun.url),
      headers: signature === null ? {} : { 'X-Twilio-Signature': signature },
      parameters: noun.parameters,
      streamSid,
    });
    this.#hungUp = byCaller;
    this.#webhooks.streamEnded(noun, streamSid, end);
  }
}

function noStreamOf(outcome: Outcome): NoStream {
  if (outcome.kind !== 'fault')
    return { twilio: null, sentence: `The TwiML has no <Connect><Stream>; the call ended (${outcome.kind})` };
  const twilio = /\((\d{5})\)$/.exec(outcome.reason)?.[1];
  return { twilio: twilio === undefined ? null : Number(twilio), sentence: outcome.reason };
}

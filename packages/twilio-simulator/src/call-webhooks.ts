import type { Params } from './call-flow.js';
import { type CallIdentity, callForm } from './call-form.js';
import type { Happening, Purpose } from './call-record.js';
import type { StreamEnd } from './stream-end.js';
import type { HttpMethod, StreamNoun } from './twiml-reader.js';
import type { WebhookAnswer, WebhookClient } from './webhook-client.js';

/** Every request that one call makes to the gateway; none rejects, and each is noted when its answer is there. */
export class CallWebhooks {
  readonly #client: WebhookClient;
  readonly #identity: CallIdentity;
  readonly #note: (happening: Happening) => void;
  readonly #open = new Set<Promise<unknown>>();

  constructor(client: WebhookClient, identity: CallIdentity, note: (happening: Happening) => void) {
    this.#client = client;
    this.#identity = identity;
    this.#note = note;
  }

  /** A request for TwiML. */
  async fetch(purpose: Purpose, url: string, method: HttpMethod, extra: Params): Promise<WebhookAnswer> {
    return await this.#send(purpose, url, method, { ...callForm(this.#identity), ...extra });
  }

  streamStarted(noun: StreamNoun, streamSid: string): void {
    this.#streamStatus(noun, streamSid, { StreamEvent: 'stream-started' });
  }

  streamEnded(noun: StreamNoun, streamSid: string, { error, detail }: StreamEnd): void {
    const failed = { StreamEvent: 'stream-error', StreamError: detail, StreamErrorCode: String(error) };
    this.#streamStatus(noun, streamSid, error === null ? { StreamEvent: 'stream-stopped' } : failed);
  }

  /** The number's status callback: sent once, at the end of the call. `talkedMs` is `null` when it was never answered. */
  async callEnded(url: string, talkedMs: number | null): Promise<void> {
    const seconds = Math.ceil((talkedMs ?? 0) / 1000);
    await this.#inform('call-status', url, 'POST', {
      ...callForm(this.#identity),
      CallStatus: talkedMs === null ? 'failed' : 'completed',
      CallDuration: String(seconds),
      Duration: String(Math.ceil(seconds / 60)),
      Timestamp: new Date().toUTCString(),
      CallbackSource: 'call-progress-events',
      SequenceNumber: '0',
    });
  }

  /** Settles when every request so far is answered or given up on. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  #streamStatus(noun: StreamNoun, streamSid: string, extra: Params): void {
    if (!noun.statusCallback) return;
    const { url, method } = noun.statusCallback;
    void this.#inform('stream-status', url, method, {
      AccountSid: this.#identity.accountSid,
      CallSid: this.#identity.callSid,
      StreamSid: streamSid,
      StreamName: noun.name ?? streamSid,
      Timestamp: new Date().toISOString(),
      ...extra,
    });
  }

  async #inform(purpose: Purpose, url: string, method: HttpMethod, params: Params): Promise<void> {
    const answer = await this.#send(purpose, url, method, params);
    if (answer.status !== null && answer.status >= 200 && answer.status < 300) return;
    const what =
      answer.status === null ? `got no answer: ${answer.failed}` : `was answered HTTP ${answer.status}`;
    this.#note({ kind: 'protocol-error', code: 11200, message: `The ${purpose} callback ${what}` });
  }

  async #send(purpose: Purpose, url: string, method: HttpMethod, params: Params): Promise<WebhookAnswer> {
    const sent = this.#client.send({ url, method, params });
    this.#open.add(sent);
    const answer = await sent;
    this.#open.delete(sent);
    this.#note({ kind: 'request', purpose, status: answer.status });
    return answer;
  }
}

import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { messageOf } from './error.js';
import type { GatewayAddress } from './gateway-address.js';
import type { HttpMethod } from './twiml-reader.js';

/** `failed`: there was no answer at all; the sentence says why. */
export type WebhookAnswer =
  | { readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly status: null; readonly failed: string };

export interface WebhookRequest {
  /** As Twilio was told it; absolute. */
  readonly url: string;
  readonly method: HttpMethod;
  readonly params: Readonly<Record<string, string>>;
}

/** Twilio's own limit; what takes longer is not asked for again. */
const ANSWER_TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 64 * 1024;

/** Twilio's side of the webhooks: signed form requests that never reject. */
export class WebhookClient {
  readonly #address: GatewayAddress;
  readonly #authToken: string | null;

  constructor(address: GatewayAddress, authToken: string | null) {
    this.#address = address;
    this.#authToken = authToken;
  }

  /** Tries once more where the connection failed, as Twilio does; also where it broke before the answer began, as a balancer does. */
  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    const token = randomUUID();
    const ask = () => this.#ask(request, token);
    try {
      return await ask().catch((error: unknown) => {
        if (error instanceof ConnectionFailed) return ask();
        throw error;
      });
    } catch (error) {
      return { status: null, failed: messageOf(error) };
    }
  }

  /** The signature of a stream's upgrade: over the URL alone, with the scheme that the TwiML gave. */
  signUpgrade(url: string): string | null {
    return this.#sign(url, {});
  }

  #sign(url: string, params: Readonly<Record<string, string>>): string | null {
    return this.#authToken === null
      ? null
      : webhooks.getExpectedTwilioSignature(this.#authToken, url, params);
  }

  async #ask({ url, method, params }: WebhookRequest, idempotencyToken: string): Promise<WebhookAnswer> {
    const asked = method === 'GET' ? withQuery(url, params) : url;
    const signature = this.#sign(asked, method === 'GET' ? {} : params);
    const headers = {
      'User-Agent': 'TwilioProxy/1.1',
      Accept: '*/*',
      'I-Twilio-Idempotency-Token': idempotencyToken,
      ...(method === 'POST' ? { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' } : {}),
      ...(signature === null ? {} : { 'X-Twilio-Signature': signature }),
    };
    const body = method === 'POST' ? new URLSearchParams(params).toString() : '';
    const { ca } = this.#address;
    return await exchange(this.#address.connectUrl(asked), { method, headers, ca }, body);
  }
}

function withQuery(url: string, params: Readonly<Record<string, string>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(params)) target.searchParams.append(name, value);
  return target.href;
}

interface Head {
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
}

/** No byte of an answer came, and not for want of time. */
class ConnectionFailed extends Error {}

function exchange(url: URL, head: Head, body: string): Promise<WebhookAnswer> {
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection of its own for every request: nothing stays open after a call.
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    let isAnswered = false;
    const request = open(url, { ...head, agent: false, signal }, (response) => {
      isAnswered = true;
      readAnswer(response).then(resolve, reject);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isLate = signal.aborted;
      const isGarbage = error.code?.startsWith('HPE_');
      reject(isAnswered || isGarbage || isLate ? error : new ConnectionFailed(error.message));
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<WebhookAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.iterator()) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error('The answer is larger than 64 KiB');
    chunks.push(bytes);
  }
  const contentType = response.headers['content-type'] ?? '';
  return { status: response.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString('utf8') };
}

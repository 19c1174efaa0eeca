import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { messageOf } from './error.js';
import type { GatewayAddress } from './gateway-address.js';
import type { HttpMethod } from './twiml-reader.js';

/** `failed`: there was no answer at all; the sentence says why. */
export type WebhookAnswer = Answered | { readonly status: null; readonly failed: string };

export interface Answered {
  readonly status: number;
  /** What was asked last: the address of the request, or where redirects led. */
  readonly url: string;
  /** Where it redirects to, once more than Twilio follows; `null` for any other answer. */
  readonly location: string | null;
  readonly contentType: string;
  readonly body: string;
}

export interface WebhookRequest {
  /** As Twilio was told it; absolute. */
  readonly url: string;
  readonly method: HttpMethod;
  readonly params: Readonly<Record<string, string>>;
}

/** Twilio's own limit; what takes longer is not asked for again. */
const ANSWER_TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 64 * 1024;
/** twilio.com/docs/voice/twiml, twilio.com/docs/api/errors/11216: these statuses, so often in a row. */
const REDIRECTS = [301, 302, 303, 307];
export const MAX_REDIRECTS = 10;

/** Twilio's side of the webhooks: signed form requests that never reject. */
export class WebhookClient {
  readonly #address: GatewayAddress;
  readonly #authToken: string | null;

  constructor(address: GatewayAddress, authToken: string | null) {
    this.#address = address;
    this.#authToken = authToken;
  }

  /**
   * Follows redirects as Twilio does, each signed anew. Tries once more where the connection failed, as Twilio does; also where it broke
   * before the answer began, as a balancer does.
   */
  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    const token = randomUUID();
    try {
      let asked = request;
      let answer = await this.#try(asked, token);
      for (let redirects = 0; answer.location !== null && redirects < MAX_REDIRECTS; redirects++) {
        asked = redirected(asked, answer.status, answer.location);
        answer = await this.#try(asked, token);
      }
      return answer;
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

  async #try(request: WebhookRequest, token: string): Promise<Answered> {
    const ask = () => this.#ask(request, token);
    return await ask().catch((error: unknown) => {
      if (error instanceof ConnectionFailed) return ask();
      throw error;
    });
  }

  async #ask({ url, method, params }: WebhookRequest, idempotencyToken: string): Promise<Answered> {
    // Twilio's settings of a connection stand behind a #, and are neither sent nor signed.
    const [bare = url] = url.split('#');
    const asked = method === 'GET' ? withQuery(bare, params) : bare;
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
    const answer = await exchange(this.#address.connectUrl(asked), { method, headers, ca }, body);
    const { status, location } = answer;
    const leads = REDIRECTS.includes(status) && location !== null && URL.canParse(location, bare);
    return { ...answer, url: bare, location: leads ? new URL(location, bare).href : null };
  }
}

function withQuery(url: string, params: Readonly<Record<string, string>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(params)) target.searchParams.append(name, value);
  return target.href;
}

// As a browser does: only 307 repeats a POST, any other is followed with a GET of the address alone.
function redirected(request: WebhookRequest, status: number, url: string): WebhookRequest {
  if (status === 307 && request.method === 'POST') return { ...request, url };
  return { url, method: 'GET', params: {} };
}

interface Head {
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | undefined;
}

/** No byte of an answer came, and not for want of time. */
class ConnectionFailed extends Error {}

function exchange(url: URL, head: Head, body: string): Promise<Omit<Answered, 'url'>> {
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

async function readAnswer(response: IncomingMessage): Promise<Omit<Answered, 'url'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.iterator()) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error('The answer is larger than 64 KiB');
    chunks.push(bytes);
  }
  const { 'content-type': contentType = '', location = null } = response.headers;
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, contentType, location, body };
}

import type { Outcome, Purpose } from './call-record.js';
import { messageOf } from './error.js';
import { type HttpMethod, readTwiml, type StreamNoun, type Target, type Verb } from './twiml-reader.js';
import { type Answered, MAX_REDIRECTS, type WebhookAnswer } from './webhook-client.js';

/** What TwiML can make happen on a call. Nothing here rejects. */
export interface Line {
  request(purpose: Purpose, url: string, method: HttpMethod, extra: Params): Promise<WebhookAnswer>;
  onTwiml(document: string): void;
  /** Settles when the stream has ended, however it ended. */
  stream(noun: StreamNoun): Promise<void>;
  say(verb: 'say' | 'play', text: string): void;
  pause(ms: number): Promise<void>;
  /** Settles with how the dialled leg ended. */
  dial(number: string): Promise<DialResult>;
  readonly hungUp: boolean;
}

export type Params = Readonly<Record<string, string>>;
/** Twilio's DialCallStatus. */
export type DialResult = 'completed' | 'no-answer' | 'busy' | 'failed';

type Step = { readonly fetch: Fetch } | { readonly outcome: Outcome } | 'next';
interface Fetch extends Target {
  readonly purpose: Purpose;
  readonly extra: Params;
}

/** `url`: what relative URLs in it are relative to. */
interface TwimlDocument {
  readonly verbs: readonly Verb[];
  readonly url: string;
}

const MAX_DOCUMENTS = 50;
/** twilio.com/docs/voice/twiml; `text/plain` that holds no TwiML is read aloud. */
const TWIML_TYPES = ['text/xml', 'application/xml', 'text/html', 'text/plain'];

/** Runs TwiML as Twilio does: verb after verb, until a verb or an action leads to another document or ends the call. */
export class CallFlow {
  readonly #line: Line;
  #dialled: string | null = null;

  constructor(line: Line) {
    this.#line = line;
  }

  /** From the voice webhook to the end of the call. Never rejects. */
  async run(voiceUrl: string): Promise<Outcome> {
    let next: Fetch = { purpose: 'voice', url: voiceUrl, method: 'POST', extra: {} };
    for (let documents = 0; documents < MAX_DOCUMENTS; documents++) {
      const step = await this.#runDocument(next);
      if ('outcome' in step) return step.outcome;
      next = step.fetch;
    }
    return fault(`The TwiML never ends: ${MAX_DOCUMENTS} documents in one call`);
  }

  async #runDocument(fetch: Fetch): Promise<{ fetch: Fetch } | { outcome: Outcome }> {
    const document = await this.#fetchDocument(fetch);
    if ('kind' in document) return { outcome: document };
    for (const verb of document.verbs) {
      const step = await this.#perform(verb, document.url);
      if (this.#line.hungUp) return { outcome: { kind: 'caller-hung-up' } };
      if (step !== 'next') return step;
    }
    return { outcome: this.#atTheEnd('end-of-twiml') };
  }

  async #fetchDocument({ purpose, url, method, extra }: Fetch): Promise<TwimlDocument | Outcome> {
    const answer = await this.#line.request(purpose, url, method, extra);
    if (this.#line.hungUp) return { kind: 'caller-hung-up' };
    if (answer.status === null)
      return fault(`The ${purpose} webhook gave no answer: ${answer.failed} (11200)`);
    if (answer.status < 200 || answer.status > 299)
      return fault(`The ${purpose} webhook answered ${refusalOf(answer)}`);
    const type = answer.contentType.replace(/;.*$/s, '').trim().toLowerCase();
    if (type.startsWith('audio/')) return cannotPlay(`the audio that the ${purpose} webhook answered`);
    if (!TWIML_TYPES.includes(type))
      return fault(`The ${purpose} webhook answered ${type || 'without a content type'}, not TwiML (12300)`);
    this.#line.onTwiml(answer.body);
    try {
      return { verbs: readTwiml(answer.body), url: answer.url };
    } catch (error) {
      if (type === 'text/plain') return cannotPlay(`the plain text that the ${purpose} webhook answered`);
      return fault(`The ${purpose} webhook answered TwiML that cannot run: ${messageOf(error)} (12100)`);
    }
  }

  async #perform(verb: Verb, base: string): Promise<Step> {
    switch (verb.verb) {
      case 'connect':
        await this.#line.stream(verb.stream);
        return follow(verb.action, base, 'action');
      case 'redirect':
        return follow(verb.request, base, 'redirect');
      case 'dial':
        return await this.#dial(verb.number, verb.action, base);
      case 'say':
        this.#line.say('say', verb.text);
        return 'next';
      case 'play':
        this.#line.say('play', verb.url);
        return 'next';
      case 'pause':
        await this.#line.pause(verb.seconds * 1000);
        return 'next';
      case 'hangup':
        return { outcome: this.#atTheEnd('hangup') };
      case 'unplayed':
        return { outcome: cannotPlay(verb.what) };
    }
  }

  async #dial(number: string, action: Target | null, base: string): Promise<Step> {
    const result = await this.#line.dial(number);
    if (result === 'completed') this.#dialled = number;
    return follow(action, base, 'dial-action', { DialCallStatus: result });
  }

  // A call that was handed to a person ended there, whatever TwiML tidied up afterwards.
  #atTheEnd(kind: 'hangup' | 'end-of-twiml'): Outcome {
    return this.#dialled === null ? { kind } : { kind: 'dial', number: this.#dialled };
  }
}

function follow(request: Target | null, base: string, purpose: Purpose, extra: Params = {}): Step {
  if (!request) return 'next';
  if (!URL.canParse(request.url, base))
    return { outcome: fault(`The ${purpose} URL of the TwiML is no URL (11100)`) };
  return { fetch: { purpose, url: new URL(request.url, base).href, method: request.method, extra } };
}

function refusalOf({ status, location }: Answered): string {
  if (status < 300 || status > 399) return `HTTP ${status} (11200)`;
  if (location === null) return `HTTP ${status}, which is no redirect that Twilio follows (11216)`;
  return `HTTP ${status} after ${MAX_REDIRECTS} redirects; Twilio follows no more (11215)`;
}

/** No fault of the server: Twilio plays it. */
function cannotPlay(what: string): Outcome {
  return fault(`The simulator cannot play ${what}`);
}

function fault(reason: string): Outcome {
  return { kind: 'fault', reason };
}

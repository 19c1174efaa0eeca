import type { Outcome, Purpose } from './call-record.js';
import { messageOf } from './error.js';
import { type HttpMethod, readTwiml, type StreamNoun, type Target, type Verb } from './twiml-reader.js';
import type { WebhookAnswer } from './webhook-client.js';

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

const MAX_DOCUMENTS = 50;

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
    const verbs = await this.#fetchVerbs(fetch);
    if (!Array.isArray(verbs)) return { outcome: verbs };
    for (const verb of verbs) {
      const step = await this.#perform(verb, fetch.url);
      if (this.#line.hungUp) return { outcome: { kind: 'caller-hung-up' } };
      if (step !== 'next') return step;
    }
    return { outcome: this.#atTheEnd('end-of-twiml') };
  }

  async #fetchVerbs({ purpose, url, method, extra }: Fetch): Promise<Verb[] | Outcome> {
    const answer = await this.#line.request(purpose, url, method, extra);
    if (this.#line.hungUp) return { kind: 'caller-hung-up' };
    if (answer.status === null)
      return fault(`The ${purpose} webhook gave no answer: ${answer.failed} (11200)`);
    if (answer.status !== 200) return fault(`The ${purpose} webhook answered HTTP ${answer.status} (11200)`);
    if (!/^(text|application)\/xml\b/.test(answer.contentType)) {
      return fault(`The ${purpose} webhook answered without an XML content type (12300)`);
    }
    this.#line.onTwiml(answer.body);
    try {
      return readTwiml(answer.body);
    } catch (error) {
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

function fault(reason: string): Outcome {
  return { kind: 'fault', reason };
}

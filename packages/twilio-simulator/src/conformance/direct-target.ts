import { type CallIdentity, newSid } from '../call-form.js';
import { endOfBadUrl } from '../stream-end.js';
import { asSentence } from './finding.js';
import type { NoStream, StreamTarget, Talk } from './stream-target.js';

export interface DirectTargetOptions {
  /** `ws://…` or `wss://…`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A server whose stream can be opened as it is, without a webhook before it. */
export class DirectTarget implements StreamTarget {
  readonly #options: DirectTargetOptions;

  constructor(options: DirectTargetOptions) {
    this.#options = options;
  }

  async call(_identity: CallIdentity, talk: Talk): Promise<NoStream | null> {
    const { url, headers, parameters } = this.#options;
    const fault = endOfBadUrl(url);
    if (fault) return { twilio: fault.error, sentence: asSentence(fault.detail) };
    await talk({ url: new URL(url), headers, parameters, streamSid: newSid('MZ') });
    return null;
  }
}

import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

const VOICE = { language: 'en-US' } as const;

interface StreamTwiml {
  readonly streamUrl: string;
  /** Asked for TwiML when the stream has ended; also what follows if Twilio should not call the action. */
  readonly nextUrl: string;
  readonly statusUrl: string;
  /** At most 500 characters each, name and value together. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Connects the call to a bidirectional stream; `<Connect>` blocks until our side closes it. */
export function connectStream({ streamUrl, nextUrl, statusUrl, parameters }: StreamTwiml): string {
  const response = new VoiceResponse();
  const stream = response
    .connect({ action: nextUrl, method: 'POST' })
    .stream({ url: streamUrl, statusCallback: statusUrl, statusCallbackMethod: 'POST' });
  for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
  response.redirect({ method: 'POST' }, nextUrl);
  return response.toString();
}

export function hangUp(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}

/** Says a sentence by Twilio's own voice, for when ours cannot be used, and hangs up. */
export function sayAndHangUp(sentence: string): string {
  const response = new VoiceResponse();
  response.say(VOICE, sentence);
  response.hangup();
  return response.toString();
}

/** What TwiML of ours has a call do, for a page that plays it. `said`: before, in Twilio's voice; null: nothing. */
export type TwimlStep =
  | {
      readonly action: 'stream';
      readonly url: string;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly action: 'dial'; readonly number: string; readonly said: string | null }
  | { readonly action: 'hangup'; readonly said: string | null };

/** Reads the TwiML of this file, no other. */
export function readTwiml(twiml: string): TwimlStep {
  const of = (pattern: RegExp) => unescaped(pattern.exec(twiml)?.[1] ?? null);
  const url = of(/<Stream url="([^"]*)"/);
  if (url !== null) {
    const parameters = [...twiml.matchAll(/<Parameter name="([^"]*)" value="([^"]*)"/g)];
    const pairs = parameters.map(([, name = '', value = '']) => [unescaped(name), unescaped(value)]);
    return { action: 'stream', url, parameters: Object.fromEntries(pairs) };
  }
  const said = of(/<Say[^>]*>([^<]*)<\/Say>/);
  const number = of(/<Dial[^>]*>([^<]*)<\/Dial>/);
  return number === null ? { action: 'hangup', said } : { action: 'dial', number, said };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped<T extends string | null>(text: T): string | Extract<T, null>;
function unescaped(text: string | null): string | null {
  return text === null
    ? null
    : text.replace(/&(amp|lt|gt|quot|apos);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

interface DialTwiml {
  readonly number: string;
  /** Decides what follows when nobody answers. */
  readonly actionUrl: string;
  /** Which number the person sees; absent: the caller's own, which Twilio refuses unless it is a number (error 13214). */
  readonly callerId?: string | undefined;
  /** Said before. */
  readonly sentence?: string | undefined;
}

/** Rings a person for 25 s. */
export function dialPerson({ number, actionUrl, callerId, sentence }: DialTwiml): string {
  const response = new VoiceResponse();
  if (sentence) response.say(VOICE, sentence);
  const how = { action: actionUrl, method: 'POST', timeout: 25, answerOnBridge: true };
  response.dial(callerId === undefined ? how : { ...how, callerId }, number);
  return response.toString();
}

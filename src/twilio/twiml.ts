import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

const VOICE = { language: 'en-US' } as const;

export interface StreamTwiml {
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

export interface DialTwiml {
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

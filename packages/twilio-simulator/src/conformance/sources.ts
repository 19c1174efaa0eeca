/** Where the rules are written. */
export const MESSAGES = 'https://www.twilio.com/docs/voice/media-streams/websocket-messages';
export const STREAM_NOUN = 'https://www.twilio.com/docs/voice/twiml/stream';
export const WEBSOCKET = 'https://www.rfc-editor.org/rfc/rfc6455';

/** Twilio's page of an error number. */
export function errorPage(twilio: number): string {
  return `https://www.twilio.com/docs/api/errors/${twilio}`;
}

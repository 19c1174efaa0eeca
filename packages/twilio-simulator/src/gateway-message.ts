import { containerOf } from './audio-container.js';
import { readServerMessage, type ServerMessage } from './server-message.js';

/** Why Twilio would not act on a message: its error number and a sentence. */
export interface Breach {
  readonly code: number;
  readonly message: string;
}

/**
 * Reads one text message as strictly as Twilio does: exactly the documented fields and nothing else (31951), audio
 * as padded base64 of raw mu-law without a file header (31924).
 */
export function readGatewayMessage(text: string, streamSid: string): ServerMessage | Breach {
  const { message, faults } = readServerMessage(text, streamSid);
  const [fault] = faults;
  if (fault || !message) return { code: 31951, message: fault?.sentence ?? 'A message cannot be read' };
  const container = message.event === 'media' ? containerOf(message.audio) : null;
  if (container === null) return message;
  return {
    code: 31924,
    message: `A media payload begins with a ${container} header; Twilio takes raw mu-law`,
  };
}

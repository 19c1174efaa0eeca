import { containerOf } from './audio-container.js';
import { type ReadMessage, readServerMessage, type ServerMessage } from './server-message.js';

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
  const read = readServerMessage(text, streamSid);
  return breachOf(read) ?? read.message ?? UNREADABLE;
}

/** Twilio's own judgement of what comes on a stream: it acts on what is in order, and has an error number for all else. */
export function strictly(onBreach: (breach: Breach) => void) {
  const breach = (code: number, message: string) => onBreach({ code, message });
  const early = () => breach(31951, 'A message came before start');
  return {
    onMessage(read: ReadMessage, isStarted: boolean): boolean {
      const fault = isStarted ? breachOf(read) : null;
      if (!isStarted) early();
      else if (fault) onBreach(fault);
      return isStarted && fault === null;
    },
    onBinary(_bytes: number, isStarted: boolean): void {
      if (isStarted) breach(31950, 'A binary message came; Twilio takes text only');
      else early();
    },
    onDiscarded(whose: 'caller' | 'agent'): void {
      if (whose === 'caller')
        breach(31930, 'The gateway reads too slowly; audio of the caller was discarded');
      else breach(31931, 'More than 10 minutes of audio wait; the rest was discarded');
    },
  };
}

const UNREADABLE: Breach = { code: 31951, message: 'A message cannot be read' };

function breachOf({ message, faults }: ReadMessage): Breach | null {
  const [fault] = faults;
  if (fault) return { code: 31951, message: fault.sentence };
  if (!message) return UNREADABLE;
  const container = message.event === 'media' ? containerOf(message.audio) : null;
  if (container === null) return null;
  return {
    code: 31924,
    message: `A media payload begins with a ${container} header; Twilio takes raw mu-law`,
  };
}

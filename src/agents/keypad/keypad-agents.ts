import type { CallerDesk } from '../../desk/desk.js';
import type { Session } from '../../sessions/session.js';
import type { AgentFactory, CallControl } from '../agent.js';
import type { ShopAtCall } from '../shop-facts.js';
import { KeypadAgent, type KeypadAgentOptions } from './keypad-agent.js';

export interface KeypadAgentsOptions extends Pick<KeypadAgentOptions, 'speak' | 'logger'> {
  /** Opens the desk for the caller of a call. */
  readonly deskOf: (control: CallControl) => CallerDesk;
  /** The shop that a call goes by, as it is now. */
  readonly shopOf: (callSid: string) => ShopAtCall;
  /** No agent has begun on the stream of this call yet. */
  readonly isNewStream: (session: Session) => boolean;
}

/** Touch-tone agents for the calls of one shop. */
export function keypadAgents(options: KeypadAgentsOptions): AgentFactory {
  const { deskOf, shopOf, isNewStream, ...shared } = options;
  return (control) => {
    const { data } = control.session;
    const ofCall = {
      control,
      shop: shopOf(data.call_sid),
      desk: deskOf(control),
      isBreak: isNewStream(data),
    };
    return new KeypadAgent({ ...shared, ...ofCall });
  };
}

import type { Sayable, Speak } from '../../twilio/spoken-piece.js';
import type { CallControl } from '../agent.js';
import type { BookingSaidOptions } from './booking-said.js';
import type { ModelRequest, ModelSession } from './model.js';
import type { CallTools } from './tools/call-tools.js';

/** What the talking agent of one call works with. */
export interface RealtimeAgentOptions {
  readonly control: CallControl;
  readonly openSession: () => ModelSession;
  /** So long the call may still talk with the model. */
  readonly leftMs: number;
  readonly makeTools: (callerTurns: () => number) => Pick<CallTools, 'run' | 'verify' | 'release'>;
  /** Our own voice: at once when it is cached. */
  readonly speak: Speak;
  /** What the caller hears first. */
  readonly greeting: (resumed: boolean) => readonly Sayable[];
  /** The greeting of the agent before plays, and is heard to its end. */
  readonly isBeingGreeted: boolean;
  /** What a new session must know; never rejects. `goesOn`: the call has gone on before. */
  readonly seed: (goesOn: boolean) => Promise<readonly ModelRequest[]>;
  readonly judge: BookingSaidOptions['judge'];
  readonly booked: BookingSaidOptions['booked'];
  readonly onConfirmed: BookingSaidOptions['onConfirmed'];
  /** The server writes down what the caller says. */
  readonly transcribes: boolean;
  readonly canTransfer: boolean;
}

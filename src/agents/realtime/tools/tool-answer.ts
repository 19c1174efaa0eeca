import type { BookedAppointment, CallerDesk } from '../../../desk/desk.js';
import type { CallControl } from '../../agent.js';
import type { SayTime } from '../../booking-words.js';
import type { KeptTime } from '../../kept-time.js';
import type { ShopFacts } from '../../shop-facts.js';
import type { CallHandles } from './call-handles.js';

/** What a function gave. */
export interface ToolAnswer {
  /** Words for the model. No ids but the handles of this call (`s1`, `a1`, `v1`). */
  readonly output: string;
  /**
   * For metrics and the history. `none`: asked, and there is nothing; `refused`: this caller may not; `invalid`: the arguments are wrong or
   * something must come first; `unknown`: no such function; `failed`: the desk did not answer.
   */
  readonly result: ToolResult;
  /** What the agent does beside passing the output on; absent: nothing. */
  readonly effect?: ToolEffect;
  /** It was given up while at work: what it has written after all, or null. Never rejects. Absent: nothing more comes. */
  readonly late?: Promise<BookEffect | null>;
}

type ToolResult = 'done' | 'none' | 'refused' | 'invalid' | 'unknown' | 'failed';

export type ToolEffect =
  /** It stands in the book. `sentence`: our own confirmation from the row, for our voice. */
  | {
      readonly kind: 'booked' | 'moved' | 'cancelled';
      readonly appointment: BookedAppointment;
      readonly sentence: string;
    }
  /** The next four keys prove who calls: the agent gives them to `CallTools.verify`, and they never reach the model. */
  | { readonly kind: 'collect_digits' }
  | { readonly kind: 'transfer' }
  | { readonly kind: 'hang_up' };

/** What was written in the appointment book, and our own sentence about it. */
export type BookEffect = Extract<ToolEffect, { kind: 'booked' | 'moved' | 'cancelled' }>;

/** What the functions of one call work with. */
export interface ToolContext {
  readonly control: Pick<CallControl, 'session' | 'caller'>;
  readonly desk: CallerDesk;
  readonly shop: ShopFacts;
  readonly sayTime: SayTime;
  readonly now: () => Date;
  readonly handles: CallHandles;
  readonly kept: KeptTime;
}

export function done(output: string, effect?: ToolEffect): ToolAnswer {
  return { output, result: 'done', ...(effect ? { effect } : {}) };
}

export function none(output: string): ToolAnswer {
  return { output, result: 'none' };
}

export function refused(output: string): ToolAnswer {
  return { output, result: 'refused' };
}

export function invalid(output: string): ToolAnswer {
  return { output, result: 'invalid' };
}

import { GatewayError, summarize, withDeadline } from '../../../core/errors.js';
import type { Logger } from '../../../core/logger.js';
import type { Metrics } from '../../../core/metrics.js';
import type { CallerDesk } from '../../../desk/desk.js';
import type { CallControl } from '../../agent.js';
import type { SayTime } from '../../booking-words.js';
import { KeptTime } from '../../kept-time.js';
import type { ShopFacts } from '../../shop-facts.js';
import type { ModelFunction } from '../model.js';
import { endCall, leaveMessage, tellOfShop, transferToPerson } from './at-the-shop.js';
import { bookAppointment } from './book-appointment.js';
import { CallHandles } from './call-handles.js';
import { cancelAppointment, listMyAppointments, moveAppointment } from './change-appointment.js';
import { findOpenTimes } from './find-open-times.js';
import type { Tool } from './tool.js';
import type { ToolAnswer, ToolContext } from './tool-answer.js';
import { myVehicles, verifyDigits, verifyMe } from './who-calls.js';

const TOOLS: ReadonlyMap<string, Tool> = new Map(
  Object.entries({
    find_open_times: findOpenTimes,
    book_appointment: bookAppointment,
    list_my_appointments: listMyAppointments,
    move_appointment: moveAppointment,
    cancel_appointment: cancelAppointment,
    my_vehicles: myVehicles,
    verify_me: verifyMe,
    shop_info: tellOfShop,
    leave_message: leaveMessage,
    transfer_to_person: transferToPerson,
    end_call: endCall,
  }),
);

/** As the model gets them: byte for byte the same for every call, so that servers can cache them. */
export const TOOL_FUNCTIONS: readonly ModelFunction[] = [...TOOLS].map(
  ([name, { description, parameters }]) => ({ name, description, parameters }),
);

/** The desk answers within 2 s, or says that it cannot; a function that asks it twice has a little more. */
const TOOL_DEADLINE_MS = 2_300;

interface CallToolsOptions {
  readonly control: Pick<CallControl, 'session' | 'caller'>;
  /** The desk for this call. */
  readonly desk: CallerDesk;
  readonly shop: ShopFacts;
  readonly sayTime: SayTime;
  readonly now?: () => Date;
  /**
   * How often the caller has spoken or pressed a key so far. With it, nothing is booked, moved or cancelled before the caller can have
   * answered: a model that says "confirmed" in the breath in which it was told of the time is sent to ask first. Absent: the model is believed.
   */
  readonly callerTurns?: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What the voice model of one call can do. Whatever it asks, in whatever shape, is answered in words and in time; who is calling and what they
 * may have is decided by the desk, never by the model.
 */
export class CallTools {
  readonly #options: CallToolsOptions;
  readonly #context: ToolContext;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CallToolsOptions) {
    const { control, desk, shop, sayTime, now = () => new Date(), callerTurns } = options;
    this.#options = options;
    const handles = new CallHandles(control.session, callerTurns);
    const kept = new KeptTime(desk, control.session.data);
    this.#context = { control, desk, shop, sayTime, now, handles, kept };
  }

  /**
   * Runs the function of this name; `args` as the model wrote them. Never rejects; takes at most 2.3 s. Functions that ask the desk run in the
   * order asked, the others at once: who wants a person does not wait for the appointment book.
   */
  run(name: string, args: string): Promise<ToolAnswer> {
    const tool = TOOLS.get(name);
    if (!tool) return this.#measured('unknown', async () => NO_SUCH_TOOL);
    const work = () => tool.run(args, this.#context);
    return this.#measured(name, tool.asksDesk ? () => this.#inTurn(name, work) : work);
  }

  /** The four digits that the caller has keyed after a `collect_digits`. Never rejects; takes at most 2.3 s. */
  verify(digits: string): Promise<ToolAnswer> {
    return this.#measured('verify_me', () =>
      this.#inTurn('verify_me', () => verifyDigits(digits, this.#context)),
    );
  }

  /** The call is over for this agent: gives up the place that is kept, if there is one. Never rejects. */
  async release(): Promise<void> {
    await this.#inTurn('release', async () => {
      await this.#context.kept.release();
      return NO_SUCH_TOOL;
    });
  }

  async #measured(tool: string, work: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
    const { metrics } = this.#options;
    const startedAt = performance.now();
    const answer = await work();
    metrics.toolCalls.inc({ tool, result: answer.result });
    metrics.toolSeconds.observe({ tool }, (performance.now() - startedAt) / 1_000);
    return answer;
  }

  // One after the other, in the order asked. What was given up by the time that its turn comes is not begun.
  async #inTurn(tool: string, work: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
    let isLate = false;
    const turn = this.#work.then(() => (isLate ? NOT_ANSWERED : work()));
    this.#work = turn.catch(() => undefined);
    try {
      return await withDeadline(turn, TOOL_DEADLINE_MS, `The function ${tool}`);
    } catch (error) {
      isLate = true;
      const late = turn
        .then(({ effect }) => (effect && 'sentence' in effect ? effect : null))
        .catch(() => null);
      return { ...this.#failed(tool, error), late };
    }
  }

  #failed(tool: string, error: unknown): ToolAnswer {
    if (error instanceof GatewayError) {
      // A sentence for whoever asked, which says nothing of what there is.
      if (error.code === 'FORBIDDEN') return { output: `NOT done. ${error.message}`, result: 'refused' };
      if (error.code === 'CONFLICT') return { output: `NOT done. ${error.message}`, result: 'none' };
      if (error.code === 'BAD_REQUEST') return { output: `NOT done. ${error.message}`, result: 'invalid' };
    }
    const { logger, control } = this.#options;
    const { call_sid } = control.session.data;
    logger.warn({ call_sid, tool, err: summarize(error) }, 'A function of the voice model failed');
    if (tool === 'book_appointment') return BOOKING_UNKNOWN;
    return tool === 'move_appointment' || tool === 'cancel_appointment' ? CHANGE_UNKNOWN : NOT_ANSWERED;
  }
}

const NO_SUCH_TOOL: ToolAnswer = {
  output: 'There is no such function. Nothing was done.',
  result: 'unknown',
};

const NOT_ANSWERED: ToolAnswer = {
  output:
    'The appointment book does not answer, so nothing is known and nothing was changed as far as we know. Say that you cannot reach it right now; try once more, or offer leave_message or a person.',
  result: 'failed',
};

const BOOKING_UNKNOWN: ToolAnswer = {
  output:
    'The appointment book does not answer. It is NOT known whether the appointment was booked: do not say that it is. Call book_appointment again with the same slot, which never books twice, or offer leave_message.',
  result: 'failed',
};

const CHANGE_UNKNOWN: ToolAnswer = {
  output:
    'The appointment book does not answer. It is NOT known whether the appointment was changed: do not say that it was, nor that it was not. Call the same function again with the same ids, which changes nothing twice, or offer leave_message.',
  result: 'failed',
};

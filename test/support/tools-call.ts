import { CallTools } from '../../src/agents/realtime/tools/call-tools.js';
import type { ToolAnswer } from '../../src/agents/realtime/tools/tool-answer.js';
import { shopFacts } from '../../src/agents/shop-facts.js';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import type { CallerDesk } from '../../src/desk/desk.js';
import type { Session, Turn } from '../../src/sessions/session.js';
import { shopOf } from '../../src/shop/shop.js';
import { timesIn } from '../../src/speech/spoken-time.js';
import { type CallAtDeskOptions, callAtDesk } from './call-at-desk.js';

const ZONE = 'America/Chicago';
const OPEN = 'Mon-Fri 08:00-10:00';

export const SHOP = {
  ...shopFacts(shopOf({ set: { name: 'Bayline Auto', hours: OPEN, timezone: ZONE } })),
  canTransfer: true,
};

export interface ToolsCallOptions extends CallAtDeskOptions {
  readonly now: Date;
  readonly canTransfer?: boolean;
  readonly callerTurns?: () => number;
}

/** The functions of one call, without a model. */
export class ToolsCall {
  readonly metrics = new Metrics();
  readonly tools: CallTools;
  readonly #call: ReturnType<typeof callAtDesk>;

  constructor(deskOf: (call: ReturnType<typeof callAtDesk>) => CallerDesk, options: ToolsCallOptions) {
    const { now, canTransfer = true, callerTurns, ...caller } = options;
    const call = callAtDesk(caller);
    this.#call = call;
    const addTurn = (turn: Turn) =>
      call.session.change({ conversation_history: [...call.session.data.conversation_history, turn] });
    const session = {
      get data() {
        return call.session.data;
      },
      change: call.session.change,
      timeAt: () => new Date().toISOString(),
      addTurn,
      replaceTurn: () => false,
    };
    this.tools = new CallTools({
      control: { session, caller: call.caller },
      desk: deskOf(call),
      shop: { ...SHOP, canTransfer },
      sayTime: timesIn(ZONE, () => now),
      now: () => now,
      ...(callerTurns ? { callerTurns } : {}),
      logger: silentLogger(),
      metrics: this.metrics,
    });
  }

  get session(): Session {
    return this.#call.session.data;
  }

  run(name: string, input: object = {}): Promise<ToolAnswer> {
    return this.tools.run(name, JSON.stringify(input));
  }
}

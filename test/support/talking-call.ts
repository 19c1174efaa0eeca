import { confirmBooking } from '../../src/agents/confirmed-booking.js';
import { RealtimeAgent } from '../../src/agents/realtime/realtime-agent.js';
import type { RealtimeAgentOptions } from '../../src/agents/realtime/realtime-agent-options.js';
import type { ToolAnswer } from '../../src/agents/realtime/tools/tool-answer.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Sayable } from '../../src/twilio/spoken-piece.js';
import type { Heard } from '../../src/twilio/utterance.js';
import { ScriptedCallControl, type ScriptedCaller } from './scripted-call-control.js';
import { ScriptedModelSession } from './scripted-model-session.js';

/** What the functions of a talking call give: as the test says. */
export class ScriptedTools {
  readonly ran: { readonly name: string; readonly args: string }[] = [];
  readonly codes: string[] = [];
  released = false;
  answer: (name: string) => ToolAnswer | Promise<ToolAnswer> = () => ({ output: 'Done.', result: 'done' });

  async run(name: string, args: string): Promise<ToolAnswer> {
    this.ran.push({ name, args });
    return await this.answer(name);
  }

  /** What comes of the digits of a code. */
  verdict: ToolAnswer | Promise<ToolAnswer> = {
    output: 'The caller has proved who they are.',
    result: 'done',
  };

  async verify(digits: string): Promise<ToolAnswer> {
    this.codes.push(digits);
    return await this.verdict;
  }

  async release(): Promise<void> {
    this.released = true;
  }
}

const AUDIO = Buffer.alloc(1600, 0x2a);

/** A talking agent on a call without a stream, with a model that does what the test says. */
export class TalkingCall {
  readonly control: ScriptedCallControl;
  readonly sessions: ScriptedModelSession[] = [];
  readonly tools = new ScriptedTools();
  /** The appointments that are confirmed in the book. */
  readonly confirmed: number[] = [];
  readonly book = {
    desk: { confirm: async (id: number) => void this.confirmed.push(id) },
    logger: silentLogger(),
  };
  readonly agent: RealtimeAgent;

  constructor(caller: ScriptedCaller = {}, changes: Partial<RealtimeAgentOptions> = {}) {
    this.control = new ScriptedCallControl(caller);
    this.agent = new RealtimeAgent({
      control: this.control,
      openSession: () => {
        const session = new ScriptedModelSession();
        this.sessions.push(session);
        return session;
      },
      leftMs: Infinity,
      makeTools: () => this.tools,
      speak: (text) => ({ text, audio: AUDIO }),
      greeting: (resumed) => [{ text: resumed ? 'We were cut off.' : 'Welcome.', audio: AUDIO }],
      isBeingGreeted: false,
      seed: async () => [{ type: 'add_text', role: 'system', text: 'The facts.' }],
      judge: (words) => (/booked/.test(words) ? 'right' : 'nothing'),
      booked: null,
      onConfirmed: (id) => confirmBooking(id, this.control, this.book),
      transcribes: true,
      canTransfer: true,
      ...changes,
    });
  }

  /** The session that the agent has now. */
  get model(): ScriptedModelSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error('The agent has opened no session');
    return session;
  }

  /** What plays is cut off, so much of it heard. */
  interrupt(heardMs: number, unheard: readonly Sayable[] = [], text = ''): void {
    const heard: Heard = { completed: false, heardMs, text, unheard };
    for (const utterance of this.control.utterances) utterance.cut(heardMs, text);
    this.agent.onInterrupted(heard);
  }

  /** The words of the caller in the history. */
  get history(): string[] {
    return this.control.session.data.conversation_history.map(({ role, content }) => `${role}: ${content}`);
  }
}

/** All that is settled has been told. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

import type { Agent, AgentFactory, CallControl } from '../../src/agents/agent.js';
import { keepHeapSmall } from '../../src/core/v8-heap.js';

/** The gateway as it runs, with an agent that does one thing all the time. */
const PIECE = { text: 'and so on', audio: Buffer.alloc(8000, 0x2a) };
/** Ten seconds, as the touch-tone agent's prompts last. */
const PROMPT = Array.from({ length: 10 }, () => PIECE);

/** Listens for the caller's speech as the touch-tone agent does between its prompts, and says nothing. */
class ListeningAgent implements Agent {
  readonly turnDetection: Agent['turnDetection'] = 'local';
  start(): void {}
  pushAudio(): void {}
  onDigit(): void {}
  async stop(): Promise<void> {}
}

/** Speaks without end. */
class SpeakingAgent extends ListeningAgent {
  override readonly turnDetection = 'keypad';
  readonly #control: CallControl;

  constructor(control: CallControl) {
    super();
    this.#control = control;
  }

  // Each utterance is ended, and has its mark.
  override start(): void {
    void this.#control.say(PROMPT).then(({ completed }) => completed && this.start());
    if (!this.#isAhead) void this.#control.say([PIECE]);
    this.#isAhead = true;
  }

  #isAhead = false;
}

const AGENTS: Readonly<Record<string, AgentFactory>> = {
  listen: () => new ListeningAgent(),
  speak: (control) => new SpeakingAgent(control),
};

const [mode = 'echo'] = process.argv.slice(2);
const createAgent = AGENTS[mode];
// As `main.ts` has it: before what makes the heap grow is loaded.
keepHeapSmall('');
const { loadConfig } = await import('../../src/config.js');
const { createGateway } = await import('../../src/gateway.js');
const gateway = await createGateway(loadConfig(process.env), createAgent ? { createAgent } : {});
const { url } = await gateway.listen();
process.send?.({ url });
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)));

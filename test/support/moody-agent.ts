import type { Agent, CallControl, OpenUtterance } from '../../src/agents/agent.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';

/**
 * How an agent behaves at its start. `refuses`: throws. `slow`: has its first words after 10 s. `dies`: loses its model in the middle of a sentence.
 * `stops`: falls silent there. `expires`: speaks, and its session ends after a second and a half. `garbage`: hands over what is
 * no speech, and speaks after it was stopped.
 */
export const MOODS = ['normal', 'refuses', 'slow', 'dies', 'stops', 'expires', 'garbage'] as const;
export type Mood = (typeof MOODS)[number];

const SLOW_MS = 10_000;
const EXPIRES_MS = 1500;
const DIES_MS = 700;
/** What an agent of this kind says when nobody should hear it any more. */
export const AFTER_STOP = 'two voices';

/** An agent with a model behind it, as far as its call can tell, in a mood that the test chooses: every word takes 200 ms. */
export class MoodyAgent implements Agent {
  readonly turnDetection = 'local';
  readonly mustRespondAfter = ['start', 'key', 'speech'] as const;
  stopped = false;
  /** When it last fell silent although it had more to say, or gave up (monotonic ms). */
  faultAt: number | null = null;
  readonly #control: CallControl;
  readonly #mood: Mood;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(control: CallControl, mood: Mood) {
    this.#control = control;
    this.#mood = mood;
  }

  start(resumed: boolean): void {
    const { session } = this.#control;
    if (!resumed) session.change({ collected_data: { ...session.data.collected_data, note: 'a rattle' } });
    this.#perform();
  }

  pushAudio(): void {}

  onDigit(): void {
    this.#answer('thank you for that key');
  }

  onSpeechEnded(): void {
    this.#answer('i see');
  }

  onUnanswered(): void {
    if (this.#mood === 'normal') this.#answer('what can i do for you');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.#mood === 'garbage') this.#answer(AFTER_STOP);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #perform(): void {
    switch (this.#mood) {
      case 'normal':
        return this.#answer('hello how can i help you');
      case 'refuses':
        this.faultAt = performance.now();
        throw new TypeError('no more sessions today');
      case 'slow':
        return this.#after(SLOW_MS, () => this.#answer('sorry that i am late'));
      case 'dies':
        this.#halfASentence();
        return this.#after(DIES_MS, () => this.#fail('lost'));
      case 'stops':
        this.#halfASentence();
        // Its audio has then been played.
        this.faultAt = performance.now() + 600;
        return;
      case 'expires':
        this.#answer('hello for now');
        return this.#after(EXPIRES_MS, () => this.#fail('expired'));
      case 'garbage':
        return this.#emitGarbage();
    }
  }

  #halfASentence(): OpenUtterance {
    const utterance = this.#control.open();
    utterance.push(spoken('which service do'));
    return utterance;
  }

  #emitGarbage(): void {
    const utterance = this.#control.open();
    utterance.push({ text: 'words without a voice', audio: Buffer.alloc(0) });
    utterance.push({
      text: '\u0000\ud800 odd',
      audio: Buffer.alloc(1601, 0x2a),
      wordEndsMs: [Number.NaN, -1],
    });
    this.faultAt = performance.now();
    utterance.push({ text: 'a flood', audio: Buffer.alloc(6_000_000, 0x2a) });
  }

  #fail(reason: Parameters<CallControl['fail']>[0]): void {
    this.faultAt = performance.now();
    this.#control.fail(reason);
  }

  #answer(text: string): void {
    void this.#control.say([spoken(text)]);
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms));
  }
}

function spoken(text: string): SpokenPiece {
  return { text, audio: Buffer.alloc(text.split(' ').length * 1600, 0x2a) };
}

import type { Sayable, Speak } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';

const UNSAID: Heard = { completed: false, heardMs: 0, text: '', unheard: [] };

/** Says it, and how it was heard. Never rejects: a voice that fails is the call's to know of, which watches that something is said instead. */
export function said(control: Pick<CallControl, 'say'>, pieces: readonly Sayable[]): Promise<Heard> {
  return control.say(pieces).catch(() => UNSAID);
}

interface OwnWordsOptions {
  readonly control: Pick<CallControl, 'say'>;
  /** Our own voice: at once when it is cached. */
  readonly speak: Speak;
  /** Something was said. `isHeard`: and heard to its end. */
  readonly onHeard: (isHeard: boolean) => void;
}

/** What is said on a call beside the model, after what is being said. */
export class OwnWords {
  readonly #options: OwnWordsOptions;
  #waiting = 0;

  constructor(options: OwnWordsOptions) {
    this.#options = options;
  }

  /** Nothing of it plays, or waits to. */
  get isQuiet(): boolean {
    return this.#waiting === 0;
  }

  say(...sentences: readonly string[]): Promise<Heard> {
    return this.play(sentences.map((text, nth) => this.#options.speak(text, nth)));
  }

  /** Never rejects. */
  async play(pieces: readonly Sayable[]): Promise<Heard> {
    this.#waiting += 1;
    const heard = await said(this.#options.control, pieces);
    this.#waiting -= 1;
    this.#options.onHeard(heard.completed);
    return heard;
  }
}

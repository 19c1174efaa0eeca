import type { Sayable } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';
import type { ModelRequest } from './model.js';
import type { OwnWords } from './own-words.js';

const SENTENCE_END = /[.!?]["'’”)\]]*$/;

/** What a sound of the caller cut off that was no turn. */
export interface CutOff {
  /** The sentences that were not heard to their end. */
  readonly unheard: readonly Sayable[];
  /** The model was not done with what it was saying, or with what was to follow. */
  readonly isUnfinished: boolean;
}

export interface ResumedWordsOptions {
  readonly control: Pick<CallControl, 'inBackground'>;
  readonly words: Pick<OwnWords, 'play'>;
  readonly send: (request: Extract<ModelRequest, { type: 'add_text' }>) => void;
  /** A function runs that the model has called: a response follows it. */
  readonly isRunning: () => boolean;
  /** A response of the model is wanted. */
  readonly want: () => void;
  /** These were said after all, and were heard so. */
  readonly onResumed: (pieces: readonly Sayable[], heard: Heard) => void;
}

/**
 * Says after all what was cut off by mistake. The model was told that nobody has heard it, and is told that somebody has. Where it was not done,
 * the sentence that it was at is left to it, and it is asked to go on.
 */
export class ResumedWords {
  readonly #options: ResumedWordsOptions;

  constructor(options: ResumedWordsOptions) {
    this.#options = options;
  }

  play({ unheard, isUnfinished }: CutOff): void {
    const { control, isRunning, want } = this.#options;
    const pieces = isUnfinished ? withoutBegun(unheard) : unheard;
    if (isUnfinished) {
      this.#tellGoingOn(pieces);
      if (!isRunning()) want();
    }
    if (pieces.length > 0) control.inBackground(this.#play(pieces, !isUnfinished));
  }

  async #play(pieces: readonly Sayable[], isToBeTold: boolean): Promise<void> {
    const { words, send, onResumed } = this.#options;
    const heard = await words.play(pieces);
    if (isToBeTold && /\w/.test(heard.text)) send({ type: 'add_text', role: 'assistant', text: heard.text });
    onResumed(pieces, heard);
  }

  #tellGoingOn(pieces: readonly Sayable[]): void {
    const rest = pieces.map((piece) => (piece && 'text' in piece ? piece.text : '')).join(' ');
    const hears = rest ? ` They now hear the rest of what you had said: ${JSON.stringify(rest)}.` : '';
    const text = `The caller has only made a sound, and wants you to go on.${hears} Go on behind that.`;
    this.#options.send({ type: 'add_text', role: 'system', text });
  }
}

/** Without the last sentence, where it ends before its last word. */
function withoutBegun(pieces: readonly Sayable[]): readonly Sayable[] {
  const last = pieces.at(-1);
  const isBegun = last && 'text' in last && !SENTENCE_END.test(last.text);
  return isBegun ? pieces.slice(0, -1) : pieces;
}

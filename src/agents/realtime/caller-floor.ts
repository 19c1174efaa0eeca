import type { Heard } from '../../twilio/utterance.js';
import type { CallControl } from '../agent.js';
import type { ModelTurns } from './model-turns.js';
import type { Replies } from './replies.js';
import type { CutOff } from './resumed-words.js';

/** Who speaks for less than that may only have said "mhm". */
const BRIEF_MS = 700;
/** So long after the caller's speech its turn, and its words, must be there: else it is no turn, and has none. */
const SETTLE_MS = 1000;

/** After so many sounds in a row that were no turn the line is noisy: what is cut off is not begun again for ever. */
const MAX_MENDED = 2;

/** Sounds of somebody who listens. */
const SOUND = /^(m+|h+m+|m+h+m+|mm+hm+|uh|huh|uhhuh|ah|aha|oh)$/;
/** Words that say no more than that, unless something was asked. */
const WORDS = new Set(
  'ok okay yes yeah yep right sure alright good great fine cool see i got it gotcha'.split(' '),
);
const MAX_WORDS = 3;

interface CallerFloorOptions {
  readonly control: Pick<CallControl, 'setTimer'>;
  readonly turns: ModelTurns;
  readonly replies: Replies;
  /** The server writes down what the caller says. */
  readonly transcribes: boolean;
  /** The model's server hears the caller speak: it will find a turn. */
  readonly isServerListening: () => boolean;
  /** What was cut off by mistake is to be said after all. */
  readonly onResume: (cut: CutOff) => void;
  /** What the caller has said or keyed is a turn; told before anything is done about it. */
  readonly onTurn: () => void;
  /** The floor may be free again. */
  readonly onFree: () => void;
}

type Cut = CutOff & { readonly text: string };

/** The caller's speech that is being heard, or was heard last. Times are media time. */
interface Speech {
  readonly beganAtMs: number;
  /** What it cut off; null: nothing was being said. */
  readonly cut: Cut | null;
  lastedMs: number | null;
  /** The turn that it became; null: none yet. */
  itemId: string | null;
  words: string | null;
}

/**
 * Who has the floor, the caller or the model. A reply is not begun while the caller speaks: it waits until it is known whether that speech is a
 * turn of its own, which the reply does not answer. A brief sound that has cut the agent off holds the reply to it until its words are there:
 * somebody who only said "mhm" hears the rest of what was cut off. So does who has made a sound in which the model's server finds no turn.
 */
export class CallerFloor {
  readonly #options: CallerFloorOptions;
  #cut: Cut | null = null;
  #speech: Speech | null = null;
  /** The caller has spoken, and if that was a turn, nobody was told yet. */
  #isUntold = false;
  /** Sounds that were mended since the caller's last turn. */
  #mended = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CallerFloorOptions) {
    this.#options = options;
  }

  /** The caller does not speak, as far as is known, and nothing waits until that is known. */
  get isFree(): boolean {
    const { turns, replies } = this.#options;
    return !turns.callerHasTurn && !replies.isHeld;
  }

  /** What was being said was cut off, by the speech or the key that is told next. */
  onInterrupted({ text, unheard }: Heard): void {
    const { turns } = this.#options;
    this.#cut = { text, unheard, isUnfinished: turns.isUnderWay };
    turns.cut();
  }

  /** A key is an answer: what was on its way before it is not wanted any more. */
  onKey(): void {
    this.stop();
    this.#mended = 0;
    const { turns, replies, onTurn, onFree } = this.#options;
    onTurn();
    turns.cut();
    replies.discard();
    turns.callerIsDone();
    onFree();
  }

  onSpeechStarted(atMs: number): void {
    clearTimeout(this.#timer);
    const { turns, replies } = this.#options;
    // What the sound before has cut off, if that was no turn.
    const before = this.#speech?.itemId === null ? this.#speech.cut : null;
    const cut = this.#cut ?? before;
    this.#speech = { beganAtMs: atMs, cut, lastedMs: null, itemId: null, words: null };
    if (cut || turns.isUnderWay) replies.hold();
    this.#cut = null;
    this.#isUntold = true;
    turns.callerSpeaks();
  }

  onSpeechEnded(atMs: number): void {
    if (this.#speech) this.#speech.lastedMs = atMs - this.#speech.beganAtMs;
    this.#timer = this.#options.control.setTimer(() => this.#giveBack(), SETTLE_MS);
    this.#settle();
  }

  /** The model's server has found a turn of the caller. */
  onCommitted(itemId: string): void {
    this.#mended = 0;
    const { turns, replies } = this.#options;
    const speech = this.#speech;
    if (speech && !speech.cut && replies.isHeld) {
      turns.cut();
      replies.discard();
    }
    turns.onTurnCommitted();
    if (speech?.cut) {
      speech.itemId ??= itemId;
      return this.#settle();
    }
    clearTimeout(this.#timer);
    this.#speech = null;
    this.#tellTurn();
    this.#options.onFree();
  }

  /** All words so far of a turn; null: there will be none. */
  onWords(itemId: string, text: string | null): void {
    const speech = this.#speech;
    if (!speech?.cut || speech.itemId !== itemId) return;
    if (text === null) return this.#goOn();
    speech.words = text;
    this.#settle();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#cut = null;
    this.#speech = null;
    this.#isUntold = false;
  }

  #settle(): void {
    const speech = this.#speech;
    if (!speech?.cut || speech.lastedMs === null) return;
    const { cut, lastedMs, words } = speech;
    if (lastedMs >= BRIEF_MS || !this.#options.transcribes) return this.#release(speech);
    if (words === null) return;
    const said = [cut.text, ...cut.unheard.map((piece) => (piece && 'text' in piece ? piece.text : ''))];
    if (canGoOn(cut) && isBackChannel(words, said.join(' '))) this.#resume(cut);
    else this.#goOn();
  }

  /** The reply is played: what the caller said was meant for the agent. */
  #goOn(): void {
    const speech = this.#speech;
    this.#speech = null;
    this.#release(speech);
  }

  #release(speech: Speech | null): void {
    const { replies, onFree } = this.#options;
    if (speech && speech.itemId !== null) this.#tellTurn();
    replies.release();
    onFree();
  }

  #resume(cut: CutOff): void {
    this.stop();
    const { turns, replies, onResume, onFree } = this.#options;
    turns.cut();
    replies.discard();
    onResume(cut);
    onFree();
  }

  #giveBack(): void {
    const { turns, isServerListening, onFree } = this.#options;
    const speech = this.#speech;
    const cut = speech?.itemId === null && !isServerListening() ? speech.cut : null;
    if (cut && canGoOn(cut) && this.#mended < MAX_MENDED) {
      this.#mended += 1;
      this.#resume(cut);
    } else this.#goOn();
    turns.callerIsDone();
    onFree();
  }

  #tellTurn(): void {
    if (!this.#isUntold) return;
    this.#isUntold = false;
    this.#options.onTurn();
  }
}

function canGoOn({ unheard, isUnfinished }: CutOff): boolean {
  return unheard.length > 0 || isUnfinished;
}

/**
 * Whether somebody who spoke briefly while the agent spoke was only listening: "mhm", "okay", or nothing that has words. `said`: what the
 * agent was saying; to a question in it "yes" is an answer.
 */
function isBackChannel(words: string, said: string): boolean {
  const heard = words
    .toLowerCase()
    .replace(/[-'’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  if (heard.length === 0) return true;
  if (heard.length > MAX_WORDS || said.includes('?')) return false;
  return heard.every((word) => SOUND.test(word) || WORDS.has(word));
}

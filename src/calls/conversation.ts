import type { CallControl, Heard, OpenUtterance, Sayable, SpokenPiece } from '../agents/agent.js';
import type { Logger } from '../core/logger.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import type { Playback } from '../twilio/playback.js';
import type { PlayedUtterance } from '../twilio/utterance.js';
import { OpenedUtterance } from './opened-utterance.js';
import { Sentences } from './sentences.js';

type Pieces = Parameters<CallControl['say']>[0];
export interface ConversationOptions {
  readonly session: Pick<LiveSession, 'addTurn'>;
  readonly playback: Playback;
  readonly logger: Logger;
  /** What was said before on other streams of this call. */
  readonly generated: readonly Turn[];
  /** Nothing is left to be played. */
  readonly onQuiet: () => void;
  /** The agent begins an utterance; nothing of it need be there yet. */
  readonly onOpened: () => void;
  /** The agent has handed over audio that will be played. */
  readonly onWords: () => void;
}

/**
 * What is said on one call and what of it was heard: the history holds only words that the caller can have
 * heard, `generated` all that was made to be said.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #generated: Turn[];
  /** Utterances of the agent for which audio may still come, in the order in which they are played. */
  readonly #unfinished = new Map<Sentences, OpenedUtterance>();
  /** What the latest interruption kept from being heard. */
  #unheard: Sayable[] = [];
  /** How our own word in between ended last. */
  #interjected: PlayedUtterance | null = null;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#generated = [...options.generated];
  }

  /** Every turn with its full text, heard or not. */
  get generated(): readonly Turn[] {
    return this.#generated;
  }

  async say(pieces: Pieces): Promise<Heard> {
    const all = [...pieces];
    const sentences = new Sentences(all);
    const utterance = this.#begin(sentences);
    try {
      // Whoever cuts it off need not wait for a sentence that is still being made.
      await Promise.race([this.#pushAll(all, sentences, utterance), utterance.heard]);
    } finally {
      utterance.end();
    }
    return utterance.heard;
  }

  open(): OpenUtterance {
    return this.#begin(new Sentences([]));
  }

  /** Says a word of the house's own while nothing plays: within the utterance that waits for its agent, if one does. The agent is not told. */
  interject(piece: SpokenPiece): void {
    const [waiting] = this.#unfinished.values();
    if (waiting) return waiting.interject(piece);
    const note = (played: PlayedUtterance) => {
      this.#interjected = played;
    };
    const own = this.#open(new Sentences([]), note);
    own.interject(piece);
    own.end();
  }

  /** Stops what plays and forgets what waits. Returns what was heard of the agent's utterance that was playing; null when none was. */
  interrupt(): Heard | null {
    this.#unheard = [];
    const cut = this.#options.playback.clear();
    const unheard = this.#unheard;
    if (cut && cut === this.#interjected)
      return unheard.length > 0 ? { completed: false, heardMs: 0, text: '', unheard } : null;
    return cut && { ...heardOf(cut), unheard };
  }

  addCallerTurn(content: string): void {
    const turn: Turn = { role: 'user', content, timestamp: new Date().toISOString() };
    this.#generated.push(turn);
    this.#options.session.addTurn(turn);
  }

  #begin(sentences: Sentences): OpenedUtterance {
    const utterance = this.#open(sentences, () => this.#unfinished.delete(sentences));
    if (utterance.isOpen) this.#unfinished.set(sentences, utterance);
    this.#options.onOpened();
    return utterance;
  }

  #open(sentences: Sentences, onPlayed: (played: PlayedUtterance) => void): OpenedUtterance {
    let settle: (heard: Heard) => void = () => undefined;
    const heard = new Promise<Heard>((resolve) => {
      settle = resolve;
    });
    const { playback, onQuiet, onWords } = this.#options;
    const writer = playback.open((played) => {
      this.#record(played);
      const unheard = played.completed ? [] : sentences.after(played.piecesHeard);
      this.#unheard.push(...unheard);
      settle({ ...heardOf(played), unheard });
      onPlayed(played);
      if (playback.isIdle) onQuiet();
    });
    return new OpenedUtterance({
      heard,
      sentences,
      writer,
      onWords,
      onEnd: () => this.#unfinished.delete(sentences),
    });
  }

  // Pieces that are ready go out in this turn of the event loop; a failed one is awaited only if its turn comes.
  async #pushAll(
    pieces: readonly Sayable[],
    sentences: Sentences,
    utterance: OpenedUtterance,
  ): Promise<void> {
    for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
    for (const piece of pieces) {
      const ready: SpokenPiece | null = piece instanceof Promise ? await piece : piece;
      if (!utterance.isOpen) return;
      sentences.next();
      if (ready) utterance.push(ready);
    }
  }

  #record({ completed, text, fullText, startedAt }: PlayedUtterance): void {
    const timestamp = startedAt.toISOString();
    if (fullText) this.#generated.push({ role: 'assistant', content: fullText, timestamp });
    if (!text) return;
    const { logger, session } = this.#options;
    logger.debug({ words: text.split(' ').length, completed }, 'The agent was heard');
    session.addTurn({
      role: 'assistant',
      content: text,
      timestamp,
      ...(completed ? {} : { interrupted: true }),
    });
  }
}

function heardOf({ completed, heardMs, text }: PlayedUtterance): Omit<Heard, 'unheard'> {
  return { completed, heardMs, text };
}

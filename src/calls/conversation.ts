import type { CallControl, Heard, OpenUtterance, Sayable, SpokenPiece } from '../agents/agent.js';
import type { Logger } from '../logger.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import type { Playback } from '../twilio/playback.js';
import type { PlayedUtterance } from '../twilio/utterance.js';
import { Sentences } from './sentences.js';

type Pieces = Parameters<CallControl['say']>[0];
type Opened = OpenUtterance & { readonly isOpen: boolean };

/**
 * What is said on one call and what of it was heard: the history holds only words that the caller can have
 * heard, `generated` all that was made to be said.
 */
export class Conversation {
  readonly #session: Pick<LiveSession, 'addTurn'>;
  readonly #playback: Playback;
  readonly #logger: Logger;
  readonly #onQuiet: () => void;
  readonly #generated: Turn[];
  /** What the latest interruption kept from being heard. */
  #unheard: Sayable[] = [];

  /** `generated`: what was said before; `onQuiet`: called whenever nothing is left to be played. */
  constructor(
    session: Pick<LiveSession, 'addTurn'>,
    playback: Playback,
    logger: Logger,
    generated: readonly Turn[],
    onQuiet: () => void,
  ) {
    this.#session = session;
    this.#playback = playback;
    this.#logger = logger;
    this.#generated = [...generated];
    this.#onQuiet = onQuiet;
  }

  /** Every turn with its full text, heard or not. */
  get generated(): readonly Turn[] {
    return this.#generated;
  }

  async say(pieces: Pieces): Promise<Heard> {
    const all = [...pieces];
    const sentences = new Sentences(all);
    const utterance = this.#open(sentences);
    try {
      // Whoever cuts it off need not wait for a sentence that is still being made.
      await Promise.race([this.#pushAll(all, sentences, utterance), utterance.heard]);
    } finally {
      utterance.end();
    }
    return utterance.heard;
  }

  open(): OpenUtterance {
    return this.#open(new Sentences([]));
  }

  /** Stops what plays and forgets what waits. Returns what was heard of the utterance that was playing; null when none was. */
  interrupt(): Heard | null {
    this.#unheard = [];
    const cut = this.#playback.clear();
    return cut && { ...heardOf(cut), unheard: this.#unheard };
  }

  addCallerTurn(content: string): void {
    const turn: Turn = { role: 'user', content, timestamp: new Date().toISOString() };
    this.#generated.push(turn);
    this.#session.addTurn(turn);
  }

  #open(sentences: Sentences): Opened {
    let settle: (heard: Heard) => void = () => undefined;
    const heard = new Promise<Heard>((resolve) => {
      settle = resolve;
    });
    const writer = this.#playback.open((played) => {
      this.#record(played);
      const unheard = played.completed ? [] : sentences.after(played.piecesHeard);
      this.#unheard.push(...unheard);
      settle({ ...heardOf(played), unheard });
      if (this.#playback.isIdle) this.#onQuiet();
    });
    return {
      heard,
      get isOpen() {
        return writer.isOpen;
      },
      push: (piece) => {
        sentences.push(piece);
        writer.push(piece, piece.audio);
      },
      end: () => writer.end(),
    };
  }

  // Pieces that are ready go out in this turn of the event loop; a failed one is awaited only if its turn comes.
  async #pushAll(pieces: readonly Sayable[], sentences: Sentences, utterance: Opened): Promise<void> {
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
    this.#logger.debug({ words: text.split(' ').length, completed }, 'The agent was heard');
    this.#session.addTurn({
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

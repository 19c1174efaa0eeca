import type { CallControl, Heard, OpenUtterance, SpokenPiece } from '../agents/agent.js';
import type { Logger } from '../logger.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import type { Playback, PlayedUtterance } from '../twilio/playback.js';

type Pieces = Parameters<CallControl['say']>[0];

/**
 * What is said on one call and what of it was heard: the history holds only words that the caller can have
 * heard, `generated` all that was made to be said.
 */
export class Conversation {
  readonly #session: LiveSession;
  readonly #playback: Playback;
  readonly #logger: Logger;
  readonly #onQuiet: () => void;
  readonly #generated: Turn[];

  /** `generated`: what was said before; `onQuiet`: called whenever nothing is left to be played. */
  constructor(
    session: LiveSession,
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
    const utterance = this.open();
    try {
      // Whoever cuts it off need not wait for a sentence that is still being made.
      await Promise.race([this.#pushAll([...pieces], utterance), utterance.heard]);
    } finally {
      utterance.end();
    }
    return utterance.heard;
  }

  open(): OpenUtterance & { readonly isOpen: boolean } {
    let settle: (heard: Heard) => void = () => undefined;
    const heard = new Promise<Heard>((resolve) => {
      settle = resolve;
    });
    const writer = this.#playback.open((played) => {
      this.#record(played);
      settle(played);
      if (this.#playback.isIdle) this.#onQuiet();
    });
    return {
      heard,
      get isOpen() {
        return writer.isOpen;
      },
      push: ({ text, audio }) => writer.push(text, audio),
      end: () => writer.end(),
    };
  }

  addCallerTurn(content: string): void {
    const turn: Turn = { role: 'user', content, timestamp: new Date().toISOString() };
    this.#generated.push(turn);
    this.#session.addTurn(turn);
  }

  // Pieces that are ready go out in this turn of the event loop; a failed one is awaited only if its turn comes.
  async #pushAll(
    pieces: (SpokenPiece | null | Promise<SpokenPiece | null>)[],
    utterance: OpenUtterance & { isOpen: boolean },
  ) {
    for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
    for (const piece of pieces) {
      const ready = piece instanceof Promise ? await piece : piece;
      if (!utterance.isOpen) return;
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

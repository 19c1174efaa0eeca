import type { Logger } from '../core/logger.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import { type SpokenTurn, withSpoken, withTurn } from '../sessions/turn-order.js';
import type { Playback } from '../twilio/playback.js';
import type { Sayable, SpokenPiece } from '../twilio/spoken-piece.js';
import type { Heard, Utterance } from '../twilio/utterance.js';
import type { SpeakingPace } from '../twilio/word-places.js';

export interface ConversationOptions {
  readonly session: Pick<LiveSession, 'data' | 'change' | 'timeAt'>;
  readonly playback: Playback;
  /** Of voices whose words come apart from their audio. */
  readonly pace: SpeakingPace;
  readonly logger: Logger;
  /** Nothing is left to be played. */
  readonly onQuiet: () => void;
  /** The agent begins an utterance; nothing of it need be there yet. */
  readonly onOpened: () => void;
  /** The agent has handed over audio that will be played. */
  readonly onWords: () => void;
}

/**
 * What is said on one call and what of it was heard: the history holds only words that the caller can have
 * heard, `unheard` of the session the rest.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  /** What was begun and has not ended, in the order in which it plays. */
  readonly #open = new Set<Utterance>();
  /** What the latest interruption kept from being heard. */
  #unheard: Sayable[] = [];
  /** How our own word in between ended last. */
  #interjected: Heard | null = null;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  async say(pieces: Iterable<Sayable>): Promise<Heard> {
    const planned = [...pieces];
    const utterance = this.#begin(planned);
    try {
      // Whoever cuts it off need not wait for a sentence that is still being made.
      await Promise.race([this.#pushAll(planned, utterance), utterance.heard]);
    } finally {
      utterance.end();
    }
    return utterance.heard;
  }

  /** `isTranscribed`: see `OpenOptions`. */
  open(isTranscribed = false): Utterance {
    return this.#begin([], isTranscribed);
  }

  /** The words that are part of no turn yet and were played up to this position of the stream's sent audio, in ms. */
  wordsBy(playedMs: number): string {
    const open = [...this.#open];
    // What lies behind a mark that is not back has not been heard, whatever the clock says.
    const pending = open.find(({ mark }) => mark !== null);
    const certain = pending ? Math.min(playedMs, pending.endMs) : playedMs;
    return open
      .map((utterance) => utterance.wordsBy(certain))
      .filter(Boolean)
      .join(' ');
  }

  /** Says a sentence that is not the agent's while nothing plays: within the utterance that waits for its agent, if one does. The agent is not told. */
  interject(piece: SpokenPiece): void {
    const { playback } = this.#options;
    const { awaited } = playback;
    if (awaited) return awaited.interject(piece);
    const own = playback.open({
      onEnd: (utterance, heard) => {
        this.#interjected = heard;
        this.#onEnd(utterance, heard);
      },
    });
    this.#track(own);
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
    return cut && { ...cut, unheard };
  }

  addCallerTurn(content: string): void {
    const { session } = this.#options;
    session.change(withTurn(session.data, { role: 'user', content, timestamp: session.timeAt() }));
  }

  #begin(planned: readonly Sayable[], isTranscribed = false): Utterance {
    const { playback, onOpened, onWords } = this.#options;
    let left: SpokenTurn | null = null;
    onOpened();
    const utterance = playback.open({
      planned,
      transcribedAt: isTranscribed ? this.#options.pace : undefined,
      onWords,
      onEnd: (ended, heard) => {
        left = this.#onEnd(ended, heard);
      },
      onTranscribed: (ended, heard) => {
        left = this.#record(ended, heard, left);
      },
    });
    this.#track(utterance);
    return utterance;
  }

  // On a stream that is gone it has ended already.
  #track(utterance: Utterance): void {
    if (utterance.isOpen) this.#open.add(utterance);
  }

  // Pieces that are ready go out in this turn of the event loop; a failed one is awaited only if its turn comes.
  async #pushAll(pieces: readonly Sayable[], utterance: Utterance): Promise<void> {
    for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
    for (const piece of pieces) {
      const ready: SpokenPiece | null = piece instanceof Promise ? await piece : piece;
      if (!utterance.isOpen) return;
      utterance.next(ready);
    }
  }

  #onEnd(utterance: Utterance, heard: Heard): SpokenTurn {
    this.#open.delete(utterance);
    const left = this.#record(utterance, heard, null);
    this.#unheard.push(...heard.unheard);
    const { playback, onQuiet } = this.#options;
    if (playback.isIdle) onQuiet();
    return left;
  }

  /** Keeps what an utterance has left, in place of what was kept of it before. */
  #record(
    { fullText, startedAt, isOut }: Utterance,
    { completed, text }: Pick<Heard, 'completed' | 'text'>,
    before: SpokenTurn | null,
  ): SpokenTurn {
    const { logger, session } = this.#options;
    const timestamp = session.timeAt(startedAt);
    const cut = completed ? {} : { interrupted: true as const };
    const turn: Turn | null = text ? { role: 'assistant', content: text, timestamp, ...cut } : null;
    const full = fullText && fullText !== text ? { content: fullText, timestamp } : null;
    const left = { turn, full, isLast: !isOut };
    if (turn && !before) logger.debug({ words: text.split(' ').length, completed }, 'The agent was heard');
    if (turn || full || before) session.change(withSpoken(session.data, before, left));
    return left;
  }
}

import type { Session, Turn, UnheardTurn } from './session.js';

/** The turns of a session, heard and not. */
export type Turns = Pick<Session, 'conversation_history' | 'unheard'>;

/** What an utterance of the agent has left: its turn as heard, null when nothing was, and what is kept of it in full. */
export interface SpokenTurn {
  readonly turn: Turn | null;
  /** Null where the turn holds all of it. */
  readonly full: Pick<UnheardTurn, 'content' | 'timestamp'> | null;
  /** Nothing of it went out: it comes after everything. */
  readonly isLast: boolean;
}

/** A caller who keys for hours must not make the session grow: so many turns are kept, and so many that were not heard. */
const MAX_TURNS = 1000;
const MAX_UNHEARD = 200;

/** The latest of them. The same turns when all are. */
export function latestTurns(turns: Turns): Turns {
  const { conversation_history, unheard } = turns;
  const before = Math.max(0, conversation_history.length - MAX_TURNS);
  if (before === 0 && unheard.length <= MAX_UNHEARD) return turns;
  const kept = unheard.filter(({ at }) => at >= before).slice(-MAX_UNHEARD);
  return {
    conversation_history: conversation_history.slice(before),
    unheard: kept.map((each) => ({ ...each, at: each.at - before })),
  };
}

/** With a turn in its place: behind those that began before it or at the same time. */
export function withTurn(turns: Turns, turn: Turn): Turns {
  return inserted(turns, turn, placeOf(turns.conversation_history, turn.timestamp));
}

/** With one turn in place of another; null takes it away. The same turns when the other is not there any more. */
export function withReplaced(turns: Turns, before: Turn, after: Turn | null): Turns {
  const { conversation_history, unheard } = turns;
  const at = conversation_history.findLastIndex((turn) => isSame(turn, before));
  if (at < 0) return turns;
  if (after?.timestamp === before.timestamp)
    return { unheard, conversation_history: conversation_history.with(at, after) };
  const moved = unheard.map((each) => {
    if (each.at === at) return { ...each, partly_heard: false };
    return each.at > at ? { ...each, at: each.at - 1 } : each;
  });
  const without = { conversation_history: conversation_history.toSpliced(at, 1), unheard: moved };
  return after ? withTurn(without, after) : without;
}

/** With what an utterance has left, in place of what it had left before (null: nothing). */
export function withSpoken(turns: Turns, before: SpokenTurn | null, after: SpokenTurn): Turns {
  const without = before?.full ? withoutUnheard(turns, before.full) : turns;
  const heard = withHeard(without, before?.turn ?? null, after.turn);
  return after.full ? withUnheard(heard, after) : heard;
}

function withHeard(turns: Turns, before: Turn | null, after: Turn | null): Turns {
  if (before) return withReplaced(turns, before, after);
  return after ? withTurn(turns, after) : turns;
}

function withUnheard(turns: Turns, { turn, full, isLast }: SpokenTurn): Turns {
  if (!full) return turns;
  const { conversation_history, unheard } = turns;
  const own = turn ? conversation_history.findLastIndex((each) => isSame(each, turn)) : -1;
  const place = isLast ? conversation_history.length : placeOf(conversation_history, full.timestamp);
  const added = { at: own < 0 ? place : own, partly_heard: own >= 0, ...full };
  return { conversation_history, unheard: inOrder([...unheard, added]) };
}

function withoutUnheard({ conversation_history, unheard }: Turns, full: SpokenTurn['full']): Turns {
  const at = unheard.findLastIndex(
    ({ content, timestamp }) => content === full?.content && timestamp === full.timestamp,
  );
  return { conversation_history, unheard: at < 0 ? unheard : unheard.toSpliced(at, 1) };
}

function inserted({ conversation_history, unheard }: Turns, turn: Turn, place: number): Turns {
  // Most turns are the latest, and few move what was not heard.
  const isMoved = ({ at, partly_heard, timestamp }: UnheardTurn) =>
    at > place || (at === place && (partly_heard || timestamp > turn.timestamp));
  return {
    conversation_history: conversation_history.toSpliced(place, 0, turn),
    unheard: unheard.some(isMoved)
      ? inOrder(unheard.map((each) => (isMoved(each) ? { ...each, at: each.at + 1 } : each)))
      : unheard,
  };
}

/** What belongs before a turn stands before what that turn is a part of. */
function inOrder(unheard: readonly UnheardTurn[]): UnheardTurn[] {
  return unheard.toSorted((a, b) => a.at - b.at || Number(a.partly_heard) - Number(b.partly_heard));
}

/** Found from the end, where it nearly always is. */
function placeOf(history: readonly Turn[], timestamp: string): number {
  return history.findLastIndex((turn) => turn.timestamp <= timestamp) + 1;
}

// After others have changed the history its turns are other objects.
function isSame(one: Turn, other: Turn): boolean {
  return (
    one === other ||
    (one.role === other.role && one.timestamp === other.timestamp && one.content === other.content)
  );
}

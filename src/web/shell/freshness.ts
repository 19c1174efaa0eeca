import { callsEnded, connection } from './events.js';

/** Much changes that no live event tells of: at other desks, by calls that no agent has answered, by what came of a dial. */
const LOOK_EVERY_MS = 20_000;
/** A call is in the API about so long after it has ended. */
const RECORDED_AFTER_MS = 1_500;

/** Calls `act` each time that the page is looked at again. Returns the function that ends that. */
export function whenLookedAt(act: () => unknown): () => void {
  const changed = () => {
    if (document.visibilityState === 'visible') act();
  };
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}

/**
 * While the page is looked at, calls `act` every 20 s, when the live events are there again after they were lost, and a moment after a call has ended; and each
 * time that the page is looked at again. Returns the function that ends that.
 */
export function keepFresh(act: () => unknown): () => void {
  const look = () => {
    if (document.visibilityState === 'visible') act();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  let soon: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;
  const endedBefore = callsEnded.peek();
  const stops = [
    whenLookedAt(look),
    callsEnded.subscribe((ended) => {
      if (ended === endedBefore) return;
      clearTimeout(soon);
      soon = setTimeout(look, RECORDED_AFTER_MS);
    }),
    connection.subscribe((now) => {
      if (wasLost && now !== 'lost') look();
      wasLost = now === 'lost';
    }),
  ];
  return () => {
    clearInterval(timer);
    clearTimeout(soon);
    for (const stop of stops) stop();
  };
}

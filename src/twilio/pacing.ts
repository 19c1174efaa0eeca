/** How audio goes out. */
export interface Pacing {
  /** What one message carries at most; a multiple of 20. */
  readonly messageMs: number;
  /** A message goes out when less than this is left for the caller to hear. */
  readonly leadMs: number;
}

/** A stall of the event loop of 150 ms is not heard, and a lost `clear` costs at most 300 ms: chosen by `npm run bench -- playback`. */
export const PACING: Pacing = { messageMs: 100, leadMs: 200 };

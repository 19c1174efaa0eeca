const LOOK_MS = 250;
const STALL_MS = 1000;

/**
 * Notices that the whole process stood still: stopped, swapped out, its machine moved. Others may have taken it for dead meanwhile.
 * Returns what ends the watch.
 */
export function watchForStalls(onStall: (ms: number) => void, now = () => performance.now()): () => void {
  let lookedAt = now();
  const timer = setInterval(() => {
    const stoodMs = now() - lookedAt - LOOK_MS;
    lookedAt = now();
    if (stoodMs >= STALL_MS) onStall(stoodMs);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { isTestedNode } from './version.js';

/** Of the young generation: two halves of 2 MB. V8 doubles it at each collection until it is seen to have that: a burst of calls may make 32 MB of it. */
const ENOUGH_BYTES = 4 * 1024 * 1024;
/** Of the old one: while nobody calls 30 to 34 MB are in use, with 100 calls 38. */
const BUSY_BYTES = 36 * 1024 * 1024;
const [IN_REST, BUSY] = [30, 100];
const LOOK_MS = 250;

/**
 * V8 lets its heap grow far beyond what a gateway uses: by a young generation of 32 to 128 MB, and by old garbage. This keeps both small, about as
 * `--max-semi-space-size=2 --heap-growing-percent=30` does; the first of them has no effect at run time, and a flag that a later Node does not know would stop
 * the start. Calls by the hundred may have more garbage: to collect it every few seconds would cost them a tenth of their time on the processor, and
 * a hundred milliseconds where there is one core alone. To be called before the rest is loaded: the young generation keeps what it has grown to by then.
 *
 * `given`: the flags that Node was started with. Who chose a size there keeps it.
 */
export function keepHeapSmall(given: string): void {
  if (!isTestedNode()) return;
  const looks = [keepOldGarbage()];
  if (!/semi[-_]space/.test(given)) looks.push(keepYoungSmall());
  setInterval(() => {
    for (const look of looks) look();
  }, LOOK_MS).unref();
}

/** Gives what is to be called again and again. */
function keepOldGarbage(): () => void {
  return chosenFlag('heap-growing-percent', IN_REST, () => oldGarbagePercent(oldBytes()));
}

// V8 begins with less than enough, and goes back to that while it has little to do.
function keepYoungSmall(): () => void {
  return chosenFlag('semi-space-growth-factor', 1, () => (youngBytes() < ENOUGH_BYTES ? 2 : 1));
}

/** How much old garbage may lie beside so many bytes in use, in percent of them. */
export function oldGarbagePercent(usedBytes: number): number {
  return usedBytes < BUSY_BYTES ? IN_REST : BUSY;
}

/** Sets a flag of V8 now. What is returned sets it to what is wanted then. */
function chosenFlag(name: string, first: number, wanted: () => number): () => void {
  let value = first;
  const set = () => setFlagsFromString(`--${name}=${value}`);
  set();
  return () => {
    const next = wanted();
    if (next === value) return;
    value = next;
    set();
  };
}

function oldBytes(): number {
  return getHeapStatistics().used_heap_size - (young()?.space_used_size ?? 0);
}

function youngBytes(): number {
  return young()?.space_size ?? 0;
}

function young() {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
}

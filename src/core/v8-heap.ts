import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { isTestedNode } from './version.js';

/** Of the young generation: two halves of 2 MB. */
const ENOUGH_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 250;

/**
 * V8 lets its heap grow far beyond what a gateway uses: by a young generation of 32 to 128 MB, and by old garbage. This keeps both small, about as
 * `--max-semi-space-size=2 --heap-growing-percent=30` does; the first of them has no effect at run time, and a flag that a later Node does not know would stop
 * the start. To be called before the rest is loaded: the young generation keeps what it has grown to by then.
 *
 * `given`: the flags that Node was started with. Who chose a size there keeps it.
 */
export function keepHeapSmall(given: string): void {
  if (!isTestedNode()) return;
  setFlagsFromString('--heap-growing-percent=30');
  if (/semi[-_]space/.test(given)) return;
  let factor = 1;
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  // V8 begins with less than enough, and goes back to that while it has little to do.
  const look = () => {
    const wanted = youngBytes() < ENOUGH_BYTES ? 2 : 1;
    if (wanted !== factor) setFlagsFromString(`--semi-space-growth-factor=${wanted}`);
    factor = wanted;
  };
  setInterval(look, LOOK_MS).unref();
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

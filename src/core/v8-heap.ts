import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { isTestedNode } from './tested-node.js';

/** Of the young generation: two halves of 2 MB. */
const ENOUGH_BYTES = 4 * 1024 * 1024;
/** A young generation that has its size after so many has it for another reason. */
const MOST_ROUNDS = 300;
const OBJECTS_A_ROUND = 500;

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
  growYoungGeneration();
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** V8 begins with two halves of 1 MB, and takes a larger one where objects outlive a collection. */
function growYoungGeneration(): void {
  const survivors: object[][] = [];
  for (let round = 0; round < MOST_ROUNDS && youngBytes() < ENOUGH_BYTES; round++) {
    survivors[round % 20] = Array.from({ length: OBJECTS_A_ROUND }, (_, n) => ({ n }));
  }
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

import { getHeapSpaceStatistics } from 'node:v8';
import { keepHeapSmall } from '../../src/core/v8-heap.js';

// Prints the size of V8's young generation (bytes) before and after a time of many short-lived objects; the argument is given to keepHeapSmall, without one it is not called.

const young = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;

const [given] = process.argv.slice(2);
if (given !== undefined) keepHeapSmall(given);
const before = young();
const kept: object[][] = [];
for (let round = 0; round < 60; round++) {
  const live = Array.from({ length: 40_000 }, (_, n) => ({ n, pair: [n, n + 1] }));
  kept.push(live.slice(0, 2000));
}
process.stdout.write(JSON.stringify({ before, after: young(), kept: kept.length }));

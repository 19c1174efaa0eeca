import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { keepHeapSmall } from '../../src/core/v8-heap.js';

// Prints how often V8 collects the whole heap while 150 MB of objects live for a while and die, beside so many megabytes that live on: the argument.

const OBJECTS_A_MB = 16_000;
/** Longer than it takes `keepHeapSmall` to see what is used. */
const SEEN_MS = 1000;

const objects = (mb: number) =>
  Array.from({ length: Math.round(mb * OBJECTS_A_MB) }, (_, n) => ({ n, next: { n } }));

keepHeapSmall('');
const living = objects(Number(process.argv[2]));
const seenAt = performance.now() + SEEN_MS;
while (performance.now() < seenAt) await turn();

let majors = 0;
const observer = new PerformanceObserver((list) => {
  const kinds = list.getEntries().map((entry) => Object(entry).detail?.kind);
  majors += kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
});
observer.observe({ entryTypes: ['gc'] });
const aging: object[][] = [];
for (let mb = 0; mb < 150; mb++) {
  aging.push(objects(1));
  if (aging.length > 8) aging.shift();
  await turn();
}
while (observer.takeRecords().length > 0) await turn();
process.stdout.write(JSON.stringify({ majors, kept: living.length + aging.length }));

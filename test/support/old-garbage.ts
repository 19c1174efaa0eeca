import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { keepHeapSmall } from '../../src/core/v8-heap.js';

// Prints how often V8 collects the whole heap while 150 MB of objects live for a while and die, beside so many megabytes that live on: the argument.

const OBJECTS_A_MB = 16_000;
/** `keepHeapSmall` looks at what is used more often: timers run in the order in which they are due. */
const SEEN_MS = 500;

const objects = (mb: number) =>
  Array.from({ length: Math.round(mb * OBJECTS_A_MB) }, (_, n) => ({ n, next: { n } }));

keepHeapSmall('');
const living = objects(Number(process.argv[2]));
await pause(SEEN_MS);

let majors = 0;
const count = (entries: readonly object[]) => {
  const kinds = entries.map((entry) => Object(entry).detail?.kind);
  majors += kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
};
const observer = new PerformanceObserver((list) => count(list.getEntries()));
observer.observe({ entryTypes: ['gc'] });
const aging: object[][] = [];
for (let mb = 0; mb < 150; mb++) {
  aging.push(objects(1));
  if (aging.length > 8) aging.shift();
  await turn();
}
// Node tells of a collection one turn later.
await turn();
count(observer.takeRecords());
process.stdout.write(JSON.stringify({ majors, kept: living.length + aging.length }));

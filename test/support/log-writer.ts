import { LogOutput } from '../../src/core/log-output.js';

/** A program that writes numbered lines to its standard output, as many as it is told, and tells what that took. */
const output = new LogOutput(1);
let number = 0;

process.on('message', (lines: number) => {
  const start = performance.now();
  for (let n = 0; n < lines; n += 1) {
    number += 1;
    output.write(`${JSON.stringify({ number, pad: 'x'.repeat(180) })}\n`);
  }
  const ms = performance.now() - start;
  // What waits for its turn may go first.
  setTimeout(() => process.send?.({ number, ms, dropped: output.dropped }), 5);
});
process.on('disconnect', () => process.exit(0));

import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { yieldToCalls } from '../../core/worker-thread.js';
import { readCustomerFile } from './customer-file.js';

/** What the thread that reads a file of customers is told. */
const Told = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bytes'), bytes: z.instanceof(Uint8Array) }),
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('next') }),
]);

/** Customers that are handed over at a time: what one transaction writes. */
const SLICE = 100;

yieldToCalls({ last: true });
const chunks: Uint8Array[] = [];
let slices: ReturnType<typeof slicesOf> | null = null;

parentPort?.on('message', (message: unknown) => {
  const told = Told.parse(message);
  if (told.type === 'bytes') chunks.push(told.bytes);
  else if (told.type === 'end') parentPort?.postMessage(read());
  else parentPort?.postMessage({ slice: nextSlice() });
});

function nextSlice() {
  const next = slices?.next();
  return next?.done === false ? next.value : null;
}

function read() {
  const { report, customers } = readCustomerFile(Buffer.concat(chunks.splice(0)));
  slices = slicesOf(customers);
  return { report };
}

/** As JSON, made here: what asks for it has calls to answer, and only passes the text on. */
function* slicesOf(customers: readonly object[]): Generator<{ count: number; customers: string }> {
  for (let from = 0; from < customers.length; from += SLICE) {
    const some = customers.slice(from, from + SLICE);
    yield { count: some.length, customers: JSON.stringify(some) };
  }
}

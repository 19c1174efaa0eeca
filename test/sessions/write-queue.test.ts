import { beforeEach, describe, expect, it } from 'vitest';
import { type JsonFields, joinJsonFields, setJsonFields } from '../../src/sessions/json-fields.js';
import { type Changes, WriteQueue } from '../../src/sessions/write-queue.js';

let queue: WriteQueue;
let written: string[];
beforeEach(() => {
  queue = new WriteQueue();
  written = [];
});

const fields = (values: Record<string, unknown>) => {
  const map: JsonFields = new Map();
  setJsonFields(map, values);
  return map;
};
const write = async (changes: Changes) => {
  const all = changes();
  if (all) written.push(joinJsonFields(all));
  return all !== undefined;
};
const update = (values: Record<string, unknown>, isWaited = () => true) =>
  queue.merged('CA1', { changes: fields(values), isWaited }, write);

describe('The queue of the writes of a call', () => {
  it('begins at once when nothing is before', async () => {
    const done = update({ a: 1 });
    expect(written).toEqual(['{"a":1}']);
    expect(await done).toBe(true);
    expect(queue.isIdle('CA1')).toBe(true);
  });

  it('makes one write of the updates that wait, the later of one field last', async () => {
    const all = [update({ a: 1 }), update({ a: 2, b: 1 }), update({ b: 2 })];
    expect(await Promise.all(all)).toEqual([true, true, true]);
    expect(written).toEqual(['{"a":1}', '{"a":2,"b":2}']);
  });

  it('begins nothing for those who wait no more', async () => {
    let isWaited = true;
    const first = queue.alone('CA1', async () => {
      isWaited = false;
      return true;
    });
    const updates = [update({ a: 1 }, () => isWaited), update({ b: 1 })];
    // Timers run late: who was not told yet that it took too long must not be told that it was written.
    expect(await Promise.all([first, ...updates])).toEqual([true, false, true]);
    expect(written).toEqual(['{"b":1}']);
    expect(await Promise.all([queue.alone('CA1', async () => true), update({ c: 1 }, () => false)])).toEqual([
      true,
      false,
    ]);
    expect(written).toEqual(['{"b":1}']);
  });

  it('keeps each write apart from those that must be alone', async () => {
    const order: string[] = [];
    const alone = (name: string) => queue.alone('CA1', async () => order.push(name));
    await Promise.all([alone('first'), update({ a: 1 }), alone('second'), update({ a: 2 })]);
    expect(order).toEqual(['first', 'second']);
    expect(written).toEqual(['{"a":1}', '{"a":2}']);
  });
});

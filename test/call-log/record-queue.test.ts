import { describe, expect, test } from 'vitest';
import type { EndedCall } from '../../src/call-log/finished-call.js';
import { RecordQueue, type RecordQueueOptions } from '../../src/call-log/record-queue.js';
import { GatewayError } from '../../src/core/errors.js';
import { createLogger } from '../../src/core/logger.js';
import { SqlError } from '../../src/database/sql-error.js';
import { endedCall } from '../support/finished-call.js';

const away = new GatewayError('UNAVAILABLE', 'The database is away.');

function openQueue(
  write: (sid: string) => Promise<void>,
  limit = 10,
  kept?: RecordQueueOptions<EndedCall>['kept'],
) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'warn', destination: { write: (line) => lines.push(line) } });
  const retryMs = { first: 1, last: 4 };
  return {
    lines,
    queue: new RecordQueue({
      write: (call: EndedCall) => write(call.call_sid),
      logger,
      limit,
      retryMs,
      kept,
    }),
  };
}

/** Where calls wait beyond the end of the queue. */
function keepingIn(kept: Set<string>): RecordQueueOptions<EndedCall>['kept'] {
  return {
    keep: async ({ call_sid }) => kept.add(call_sid).has(call_sid),
    forget: async (sid) => void kept.delete(sid),
  };
}

describe('the queue of calls to record', () => {
  test('writes in order, and again until the database answers', async () => {
    const written: string[] = [];
    let failures = 5;
    const { queue } = openQueue(async (sid) => {
      if (failures-- > 0) throw away;
      written.push(sid);
    });
    for (const sid of ['CA1', 'CA2', 'CA3']) queue.add(endedCall(sid));
    await expect.poll(() => queue.size).toBe(0);
    expect(written).toEqual(['CA1', 'CA2', 'CA3']);
  });

  test('gives up a call that the database refuses, says so, and goes on', async () => {
    const written: string[] = [];
    const { queue, lines } = openQueue(async (sid) => {
      if (sid === 'CA1') throw new RangeError('Invalid time value');
      written.push(sid);
    });
    queue.add(endedCall('CA1'));
    queue.add(endedCall('CA2'));
    await expect.poll(() => written).toEqual(['CA2']);
    expect(lines.join()).toContain('Invalid time value');
    expect(lines.join()).toContain('CA1');
  });

  test.each(['40001', '40P01', '55P03', 'XX000', '55000', '42501', '42P01', '0A000', '25P04'])(
    'writes again, and keeps meanwhile, what was refused for no fault of the call (%s)',
    async (state) => {
      const written: string[] = [];
      const kept = new Set<string>();
      const atWrite: boolean[] = [];
      let failures = 3;
      const write = async (sid: string) => {
        atWrite.push(kept.has(sid));
        if (failures-- > 0) throw new SqlError(state, 'The database refused.', null);
        written.push(sid);
      };
      const { queue, lines } = openQueue(write, 10, keepingIn(kept));
      queue.add(endedCall('CA1'));
      await expect.poll(() => queue.size).toBe(0);
      expect(written).toEqual(['CA1']);
      expect(atWrite).toEqual([true, true, true, true]);
      expect(lines.join()).not.toContain('given up');
    },
  );

  test.each(['22P05', '23514', '54000'])('gives up a call that can never be written (%s)', async (state) => {
    const written: string[] = [];
    const { queue, lines } = openQueue(async (sid) => {
      if (sid === 'CA1') throw new SqlError(state, 'The database refused.', null);
      written.push(sid);
    });
    queue.add(endedCall('CA1'));
    queue.add(endedCall('CA2'));
    await expect.poll(() => written).toEqual(['CA2']);
    expect(lines.join()).toContain('given up');
  });

  test('keeps a call elsewhere from its end until the database has it', async () => {
    const kept = new Set<string>();
    const written: string[] = [];
    const atWrite: boolean[] = [];
    const { queue } = openQueue(
      async (sid) => {
        atWrite.push(kept.has(sid));
        written.push(sid);
      },
      10,
      keepingIn(kept),
    );
    for (const sid of ['CA1', 'CA2']) queue.add(endedCall(sid));
    expect([...kept]).toEqual(['CA1', 'CA2']);
    await expect.poll(() => queue.size).toBe(0);
    expect({ written, atWrite, left: kept.size }).toEqual({
      written: ['CA1', 'CA2'],
      atWrite: [true, true],
      left: 0,
    });
  });

  test('is bounded: the oldest is given up', async () => {
    let isAway = true;
    const written: string[] = [];
    const { queue, lines } = openQueue(async (sid) => {
      if (isAway) throw away;
      written.push(sid);
    }, 2);
    for (const sid of ['CA1', 'CA2', 'CA3', 'CA4']) queue.add(endedCall(sid));
    expect(queue.size).toBe(2);
    isAway = false;
    await expect.poll(() => queue.size).toBe(0);
    expect(written).toEqual(expect.arrayContaining(['CA3', 'CA4']));
    expect(lines.filter((line) => line.includes('given up'))).toHaveLength(2);
  });

  test('keeps what the database does not take where another gateway finds it, until it is written', async () => {
    const kept = new Map<string, EndedCall>();
    const keeping = {
      keep: async (call: EndedCall) => kept.set(call.call_sid, call).has(call.call_sid),
      forget: async (sid: string) => void kept.delete(sid),
    };
    let isAway = true;
    const written: string[] = [];
    const write = async (sid: string) => {
      if (isAway) throw away;
      written.push(sid);
    };
    const { queue } = openQueue(write, 10, keeping);
    for (const sid of ['CA1', 'CA2']) queue.add(endedCall(sid));
    await expect.poll(() => [...kept.keys()]).toEqual(['CA1', 'CA2']);
    queue.add(endedCall('CA3'));
    expect([...kept.keys()]).toEqual(['CA1', 'CA2', 'CA3']);
    await queue.close(5);

    const { queue: other } = openQueue(write, 10, keeping);
    for (const times of [1, 2]) for (const call of kept.values()) other.add(call, times > 0);
    expect(other.size).toBe(3);
    isAway = false;
    await expect.poll(() => other.size).toBe(0);
    expect(written).toEqual(['CA1', 'CA2', 'CA3']);
    expect(kept.size).toBe(0);
  });

  test('says at closing which calls are kept, and asks again for one that was not', async () => {
    let refused = 2;
    const keeping = {
      keep: async ({ call_sid }: EndedCall) => call_sid !== 'CA2' && refused-- <= 0,
      forget: async () => {},
    };
    const { queue, lines } = openQueue(() => Promise.reject(away), 10, keeping);
    for (const sid of ['CA1', 'CA2']) queue.add(endedCall(sid));
    await expect.poll(() => refused).toBeLessThan(0);
    await queue.close(5);
    const about = (sid: string) => lines.filter((line) => line.includes(`"${sid}"`)).join();
    expect(about('CA1')).toContain('it is kept for another gateway');
    expect(about('CA2')).toContain('given up');
    expect(about('CA2')).not.toContain('kept');
  });

  test('waits at closing for what can be written', async () => {
    const written: string[] = [];
    let failures = 3;
    const { queue, lines } = openQueue(async (sid) => {
      if (failures-- > 0) throw away;
      written.push(sid);
    });
    queue.add(endedCall('CA1'));
    await queue.close(10_000);
    expect(written).toEqual(['CA1']);
    expect(lines.filter((line) => !line.includes('A call is not recorded yet'))).toEqual([]);
  });

  test('closes in bounded time and names what is lost', async () => {
    const { queue, lines } = openQueue(async () => {
      throw away;
    });
    queue.add(endedCall('CA1'));
    await queue.close(20);
    queue.add(endedCall('CA2'));
    expect(queue.size).toBe(0);
    expect(lines.filter((line) => line.includes('given up'))).toHaveLength(2);
  });
});

import { expect, test } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { slowOperations } from '../../src/core/slow-operations.js';
import { logSink } from '../support/log-sink.js';

test('operations that take longer than the limit are all counted, and logged by name, one of each kind', async () => {
  const metrics = new Metrics();
  const sink = logSink();
  const slow = slowOperations({ thresholdMs: 50, metrics, logger: sink.logger });
  slow.took('saveSession', 50);
  for (const ms of [51, 80.4, 3000]) slow.took('saveSession', ms);
  slow.took('select calls', 70);
  const { values } = await metrics.stores.slowOperations.get();
  expect(values.map(({ labels, value }) => [labels.operation, value])).toEqual([
    ['saveSession', 3],
    ['select calls', 1],
  ]);
  expect(sink.lines().map(({ level, msg, operation }) => [level, msg, operation])).toEqual([
    ['warn', 'A slow operation', 'saveSession'],
    ['warn', 'A slow operation', 'select calls'],
  ]);
});

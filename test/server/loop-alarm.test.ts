import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { LoopAlarm } from '../../src/server/loop-alarm.js';
import { logSink } from '../support/log-sink.js';

let alarm: LoopAlarm;
afterEach(() => alarm.stop());

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('warns once of a process that stands still again and again, and measures how long', async () => {
  const [metrics, sink] = [new Metrics(), logSink()];
  alarm = new LoopAlarm({ logger: sink.logger, metrics });
  alarm.start();
  for (let n = 0; n < 3; n++) {
    await pause(60);
    block(150);
  }
  await vi.waitFor(() => expect(sink.lines()).toHaveLength(1));
  expect(sink.lines()).toMatchObject([{ level: 'warn', blockedMs: expect.any(Number), suppressed: 0 }]);
  await pause(60);
  const worst = /bayline_event_loop_delay_seconds\{quantile="1"\} (\S+)/.exec(await metrics.text())?.[1];
  expect(Number(worst)).toBeGreaterThan(0.1);
  expect(sink.lines()).toHaveLength(1);
});

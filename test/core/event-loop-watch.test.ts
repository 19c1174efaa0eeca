import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventLoopWatch, watchEventLoop } from '../../src/core/event-loop-watch.js';
import { Metrics } from '../../src/core/metrics.js';
import { logSink } from '../support/log-sink.js';

let running: { stop(): void };
afterEach(() => running.stop());

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function start<T extends { start(): void; stop(): void }>(watch: T): T {
  running = watch;
  watch.start();
  return watch;
}

describe('the watch on the event loop', () => {
  it('knows that it was blocked, before any timer has told it and afterwards', async () => {
    const told: number[] = [];
    const watch = start(new EventLoopWatch((ms) => told.push(ms)));
    const before = performance.now();
    block(150);
    expect(watch.blockedSince(before)).toBe(true);
    // A busy machine may stand still at other times, too.
    await vi.waitFor(() => expect(Math.max(...told)).toBeGreaterThanOrEqual(130));
    expect(watch.blockedSince(before)).toBe(true);
  });

  it('blames nothing on a time that is over', async () => {
    const watch = start(new EventLoopWatch());
    block(150);
    // Another one, on a busy machine, must not hide what is looked at.
    await vi.waitFor(async () => {
      await pause(25);
      const since = performance.now();
      await pause(25);
      expect(watch.blockedSince(since)).toBe(false);
    });
  });

  it('says nothing when it does not watch', () => {
    const watch = new EventLoopWatch();
    running = watch;
    expect(watch.blockedSince(0)).toBe(false);
  });
});

describe('the alarm of the event loop', () => {
  // A busy machine may stand still for a second, too.
  it('warns once of a loop that is blocked again and again, and measures how long', {
    retry: 2,
  }, async () => {
    const [metrics, sink] = [new Metrics(), logSink()];
    let stalls = 0;
    const onStalled = () => (stalls += 1);
    running = { stop: watchEventLoop({ logger: sink.logger, metrics, onStalled }) };
    for (let n = 0; n < 3; n++) {
      await pause(60);
      block(150);
    }
    await vi.waitFor(() => expect(sink.lines()).toHaveLength(1));
    expect(sink.lines()).toMatchObject([{ level: 'warn', blocked_ms: expect.any(Number), suppressed: 0 }]);
    await pause(60);
    const worst = /bayline_event_loop_delay_seconds\{quantile="1"\} (\S+)/.exec(await metrics.text())?.[1];
    expect(Number(worst)).toBeGreaterThan(0.1);
    expect(sink.lines()).toHaveLength(1);
    expect(stalls).toBe(0);
  });

  it('tells of an event loop that was blocked for a second, once', { retry: 2 }, async () => {
    let stalls = 0;
    const metrics = new Metrics();
    const onStalled = () => (stalls += 1);
    running = { stop: watchEventLoop({ logger: logSink().logger, metrics, onStalled }) };
    await pause(60);
    block(1100);
    await vi.waitFor(() => expect(stalls).toBe(1));
    await pause(60);
    expect(stalls).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ticker } from '../../src/twilio/ticker.js';

describe('a ticker', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const failOnFault = (error: unknown) => {
    throw error;
  };

  it('runs only while somebody listens', () => {
    const ticker = new Ticker(40, failOnFault);
    const [one, two] = [{ tick: vi.fn() }, { tick: vi.fn() }];
    expect(vi.getTimerCount()).toBe(0);
    ticker.add(one);
    ticker.add(two);
    ticker.add(two);
    expect(vi.getTimerCount()).toBe(1);
    ticker.remove(one);
    expect(vi.getTimerCount()).toBe(1);
    ticker.remove(two);
    ticker.remove(two);
    expect(vi.getTimerCount()).toBe(0);
    ticker.add(one);
    expect(vi.getTimerCount()).toBe(1);
    ticker.remove(one);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells every listener the monotonic time, once an interval', () => {
    const ticker = new Ticker(40, failOnFault);
    const client = { tick: vi.fn() };
    const begin = performance.now();
    ticker.add(client);
    vi.advanceTimersByTime(120);
    expect(client.tick.mock.calls).toEqual([[begin + 40], [begin + 80], [begin + 120]]);
  });

  it('lets listeners leave and come during a tick', () => {
    const ticker = new Ticker(40, failOnFault);
    const late = { tick: vi.fn() };
    const leaving = {
      tick: vi.fn(() => {
        ticker.remove(leaving);
        ticker.add(late);
      }),
    };
    ticker.add(leaving);
    vi.advanceTimersByTime(80);
    expect(leaving.tick).toHaveBeenCalledOnce();
    expect(late.tick).toHaveBeenCalled();
    ticker.remove(late);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the others their tick when one fails again and again, and reports the first fault of each', () => {
    const onFault = vi.fn();
    const ticker = new Ticker(40, onFault);
    const fault = new Error('one call is broken');
    const healthy = { tick: vi.fn() };
    const tick = () => {
      throw fault;
    };
    ticker.add({ tick });
    ticker.add({ tick });
    ticker.add(healthy);
    vi.advanceTimersByTime(80);
    expect(healthy.tick).toHaveBeenCalledTimes(2);
    expect(onFault.mock.calls).toEqual([[fault], [fault]]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultInjector, type InjectedFault } from '../../packages/twilio-simulator/src/fault-injector.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const START = '{"event":"start"}';
const STOP = '{"event":"stop"}';

function sent(fault: InjectedFault | null, ...texts: string[]): string[] {
  const got: string[] = [];
  const way = new FaultInjector({
    fault,
    deliver: (text) => void got.push(text),
    lose: () => void got.push('lost'),
  });
  for (const text of [START, ...texts]) way.send(text);
  expect(got.shift()).toBe(START);
  return got;
}

const SIX = ['1', '2', '3', '4', '5', '6'];

describe('FaultInjector', () => {
  it('changes nothing without a fault', () => expect(sent(null, ...SIX, STOP)).toEqual([...SIX, STOP]));
  it('drops every fifth', () => expect(sent('drop', ...SIX)).toEqual(['1', '2', '3', '4', '6']));
  it('doubles each', () => expect(sent('duplicate', '1', '2')).toEqual(['1', '1', '2', '2']));
  it('changes the order', () => expect(sent('reorder', ...SIX)).toEqual(['1', '2', '3', '4', '6', '5']));
  it('breaks off instead of a stop', () => expect(sent('no-stop', '1', STOP)).toEqual(['1', 'lost']));

  it('brings the stop late', async () => {
    const got = sent('late-stop', '1', STOP);
    expect(got).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(got).toEqual(['1', STOP]);
  });
});

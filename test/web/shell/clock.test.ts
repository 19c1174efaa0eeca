import { beforeEach, expect, test, vi } from 'vitest';
import { gatewayNow, learnTime } from '../../../src/web/shell/clock.js';

const NOON = Date.parse('2026-11-30T12:00:00Z');
const inSeconds = (seconds: number) => new Date(NOON + seconds * 1000).toUTCString();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  learnTime(inSeconds(0));
  return () => vi.useRealTimers();
});

test.each([-120, 90])('a clock that is %i s off is put right by an answer, and goes on evenly', (seconds) => {
  learnTime(inSeconds(seconds));
  expect(gatewayNow()).toBe(NOON + seconds * 1000);
  vi.setSystemTime(NOON + 5_500);
  learnTime(inSeconds(seconds + 4));
  expect(gatewayNow()).toBe(NOON + seconds * 1000 + 5_500);
});

test('the clock of the device stands where no answer tells another time', () => {
  for (const date of [null, '', 'noon', inSeconds(-1), inSeconds(2)]) learnTime(date);
  expect(gatewayNow()).toBe(NOON);
});

test('a clock that is set right while the page is open counts from the next answer on', () => {
  learnTime(inSeconds(-120));
  vi.setSystemTime(NOON - 120_000);
  learnTime(inSeconds(-120));
  expect(gatewayNow()).toBe(NOON - 120_000);
});

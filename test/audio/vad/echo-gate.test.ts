import { describe, expect, it } from 'vitest';
import { EchoGate } from '../../../src/audio/vad/echo-gate.js';

const PLAYING_DBFS = -18;

/** So many seconds in which our audio plays and this comes back. */
function learn(gate: EchoGate, seconds: number, dbfs: number): void {
  for (let n = 0; n < seconds * 50; n++) gate.learn(dbfs, PLAYING_DBFS, true);
}

describe('the echo gate', () => {
  it('asks for nothing while nothing of ours plays', () => {
    expect(new EchoGate().levelDbfs(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
    expect(new EchoGate().levelDbfs(-60)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('expects an echo of 15 dB less until it knows better', () => {
    expect(new EchoGate().levelDbfs(PLAYING_DBFS)).toBe(PLAYING_DBFS - 15);
  });

  it('opens on a line that brings nothing back, so that soft callers are heard', () => {
    const gate = new EchoGate();
    learn(gate, 2, -70);
    expect(gate.levelDbfs(PLAYING_DBFS)).toBe(PLAYING_DBFS - 28);
  });

  it('stands a little above the echo of this line', () => {
    const gate = new EchoGate();
    learn(gate, 3, PLAYING_DBFS - 20);
    expect(gate.levelDbfs(PLAYING_DBFS)).toBeCloseTo(PLAYING_DBFS - 17);
    learn(gate, 6, PLAYING_DBFS - 12);
    expect(gate.levelDbfs(PLAYING_DBFS)).toBeCloseTo(PLAYING_DBFS - 9);
  });

  it('learns nothing from the beginning of a word that turns out to be the caller', () => {
    const gate = new EchoGate();
    learn(gate, 3, -70);
    for (let n = 0; n < 15; n++) gate.learn(-20, PLAYING_DBFS, n < 5);
    gate.forget();
    learn(gate, 1, -70);
    expect(gate.levelDbfs(PLAYING_DBFS)).toBe(PLAYING_DBFS - 28);
  });

  it('learns at once from what was taken for the caller and was our echo', () => {
    const gate = new EchoGate();
    for (let n = 0; n < 20; n++) gate.learn(PLAYING_DBFS - 13, PLAYING_DBFS, false);
    gate.settle();
    expect(gate.levelDbfs(PLAYING_DBFS)).toBeCloseTo(PLAYING_DBFS - 10);
  });
});

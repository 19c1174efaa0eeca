import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PlayoutClock } from '../../src/twilio/playout-clock.js';

const START = 5000;
let clock: PlayoutClock;

beforeEach(() => {
  vi.spyOn(performance, 'now').mockReturnValue(START);
  clock = new PlayoutClock();
  clock.onMedia(0, START);
});

/** A frame every 20 ms, each `wayMs` late. */
function frames(fromMs: number, toMs: number, wayMs = 0): void {
  for (let at = fromMs; at <= toMs; at += 20) clock.onMedia(at, START + at + wayMs);
}

describe('the play-out clock', () => {
  it('tells when audio begins to sound: at once, or behind what was sent before', () => {
    expect(clock.sent(100, START)).toBe(START);
    expect(clock.sent(100, START + 10)).toBe(START + 100);
    expect(clock.sent(100, START + 500)).toBe(START + 500);
    expect([clock.sentMs, clock.dryAt]).toEqual([300, START + 600]);
  });

  it('goes on with the frames of the caller, 8 bytes a millisecond', () => {
    clock.sent(400, START);
    frames(20, 220);
    expect(clock.playedMs(START + 220)).toBe(200);
    frames(240, 1000);
    expect(clock.playedMs(START + 1000)).toBe(400);
  });

  it('stands still while the network does: nothing that waits in it is taken for heard', () => {
    frames(20, 200);
    clock.sent(200, START + 210);
    expect(clock.playedMs(START + 3000)).toBe(0);
  });

  it('takes frames that waited behind others for late, not for a sign that audio has arrived', () => {
    frames(20, 200);
    clock.sent(200, START + 210);
    // A second of frames comes at once.
    for (let at = 220; at <= 1120; at += 20) clock.onMedia(at, START + 1200);
    expect(clock.playedMs(START + 1200)).toBe(0);
    clock.onMedia(1200, START + 1201);
    clock.onMedia(1300, START + 1301);
    expect(clock.playedMs(START + 1301)).toBe(100);
  });

  it('goes by our own clock on a stream that leaves silence out', () => {
    clock.sent(300, START);
    expect(clock.playedMs(START + 260)).toBe(0);
    // A key came although no frame did.
    clock.onSign(START + 260);
    expect(clock.playedMs(START + 260)).toBe(260);
  });

  it('goes by our own clock when the timestamps do not tell the time', () => {
    for (let n = 1; n <= 150; n++) clock.onMedia(0, START + n * 20);
    clock.sent(100, START + 3000);
    expect(clock.playedMs(START + 3050)).toBe(50);
  });

  it('believes a mark that is back before any clock', () => {
    clock.sent(200, START);
    clock.confirm(200);
    expect(clock.playedMs(START)).toBe(200);
  });

  it('begins anew after a clear: what was cut off is never heard', () => {
    clock.sent(400, START);
    frames(20, 120);
    clock.cleared(START + 120);
    clock.sent(100, START + 120);
    expect(clock.sentMs).toBe(500);
    expect(clock.playedMs(START + 120)).toBe(400);
    frames(140, 200);
    expect(clock.playedMs(START + 200)).toBe(460);
  });

  it('tells when more of the caller is there: by the fastest frames of late, also after media time stood still', () => {
    frames(20, 200);
    expect(clock.untilHeard(60)).toBe(60);
    clock.onMedia(220, START + 220 + 15);
    expect(clock.untilHeard(60)).toBeCloseTo(45, 0);
    // Three seconds of silence were left out: what follows is as punctual as before.
    frames(240, 400, 3000);
    expect(clock.untilHeard(60)).toBe(60);
    clock.onMedia(420, START + 420 + 3010);
    expect(clock.untilHeard(60)).toBeCloseTo(50, 0);
  });

  it('takes the frames behind a stall for punctual again as soon as they are', () => {
    frames(20, 200);
    for (let at = 220; at <= 400; at += 20) clock.onMedia(at, START + 500);
    frames(420, 600, 2);
    expect(clock.untilHeard(60)).toBeGreaterThan(58);
    expect(clock.untilHeard(60)).toBeLessThanOrEqual(60);
  });
});

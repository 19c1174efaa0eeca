import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/audio/mulaw-buffer.js';
import { EchoReference } from '../../../src/audio/vad/echo-reference.js';

/** So many frames of 1 kHz at this level. */
function tone(dbfs: number, frames: number): Buffer {
  const peak = 32_768 * 10 ** (dbfs / 20) * Math.SQRT2;
  return encode(Int16Array.from({ length: frames * 160 }, (_, i) => peak * Math.sin((Math.PI * i) / 4)));
}

describe('what plays', () => {
  it('is nothing before anything was sent', () => {
    expect(new EchoReference().loudestDbfs(1000)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is as loud as the loudest 20 ms of the last half second, from when they sound', () => {
    const echo = new EchoReference();
    echo.sent(Buffer.concat([tone(-40, 5), tone(-20, 1), tone(-40, 4)]), 1000);
    expect(echo.loudestDbfs(999)).toBe(Number.NEGATIVE_INFINITY);
    expect(echo.loudestDbfs(1050)).toBeCloseTo(-40, 0);
    expect(echo.loudestDbfs(1110)).toBeCloseTo(-20, 0);
    expect(echo.loudestDbfs(1600)).toBeCloseTo(-20, 0);
    expect(echo.loudestDbfs(1700)).toBeCloseTo(-40, 0);
    expect(echo.loudestDbfs(1800)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('forgets what was cleared before it sounded, and keeps what had', () => {
    const echo = new EchoReference();
    echo.sent(tone(-40, 5), 1000);
    echo.sent(tone(-10, 5), 1100);
    echo.cleared(1090);
    expect(echo.loudestDbfs(1200)).toBeCloseTo(-40, 0);
  });
});

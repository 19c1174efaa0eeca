import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CallerAudio } from '../../src/calls/turn-taking.js';
import type { TickerClient } from '../../src/twilio/ticker.js';

const SPOKEN = Buffer.alloc(160, 0x12);
let heard: { readonly at: number; readonly silent: boolean }[];
let clients: Set<TickerClient>;
let audio: CallerAudio;

beforeEach(() => {
  heard = [];
  clients = new Set();
  const ticker = {
    add: (client: TickerClient) => void clients.add(client),
    remove: (client: TickerClient) => void clients.delete(client),
  };
  audio = new CallerAudio(ticker, (frame, at) => heard.push({ at, silent: frame[0] === 0xff }));
});

describe("the caller's audio", () => {
  it('is handed on frame by frame when nothing is missing', () => {
    for (let at = 0; at < 100; at += 20) audio.push(SPOKEN, at, 1000 + at);
    audio.tick(1150);
    expect(heard).toEqual([0, 20, 40, 60, 80].map((at) => ({ at, silent: false })));
  });

  it('has silence where timestamps are missing', () => {
    audio.push(SPOKEN, 0, 1000);
    audio.push(SPOKEN, 80, 1080);
    expect(heard.map(({ at }) => at)).toEqual([0, 20, 40, 60, 80]);
    expect(heard.map(({ silent }) => silent)).toEqual([false, true, true, true, false]);
  });

  it('has at most a second of silence for a hole of any length, and then goes on with the next frame', () => {
    audio.push(SPOKEN, 0, 1000);
    audio.push(SPOKEN, 1_800_000, 1_801_000);
    expect(heard.filter(({ silent }) => silent)).toHaveLength(50);
    expect(heard.at(-1)).toEqual({ at: 1_800_000, silent: false });
  });

  it('goes on with silence by our clock on a stream that sends none, so that no turn hangs', () => {
    audio.push(SPOKEN, 0, 1000);
    audio.tick(1219);
    expect(heard).toHaveLength(1);
    audio.tick(1220);
    expect(heard.at(-1)).toEqual({ at: 20, silent: true });
    audio.tick(1620);
    expect(heard).toHaveLength(22);
    audio.tick(60_000);
    expect(heard.filter(({ silent }) => silent)).toHaveLength(50);
  });

  it('does not have the same hole filled twice when the frame behind it comes at last', () => {
    audio.push(SPOKEN, 0, 1000);
    audio.tick(1620);
    audio.push(SPOKEN, 620, 1640);
    expect(heard.map(({ at }) => at)).toEqual(Array.from({ length: 32 }, (_, n) => n * 20));
  });

  it('hears a frame that is late after all', () => {
    audio.push(SPOKEN, 0, 1000);
    audio.tick(1620);
    audio.push(SPOKEN, 20, 1640);
    expect(heard.at(-1)).toEqual({ at: 20, silent: false });
  });

  it('is watched from the first frame until it is stopped', () => {
    expect(clients.size).toBe(0);
    audio.push(SPOKEN, 0, 1000);
    audio.push(SPOKEN, 20, 1020);
    expect(clients.size).toBe(1);
    audio.stop();
    expect(clients.size).toBe(0);
  });

  it('loses no frame, keeps their order and never fills more than a second at a time', () => {
    const step = fc.tuple(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        heard.length = 0;
        const own = new CallerAudio({ add: () => undefined, remove: () => undefined }, (frame, at) =>
          heard.push({ at, silent: frame[0] === 0xff }),
        );
        let [now, pushed] = [0, 0];
        for (const [timestampMs, passedMs, isFrame] of steps) {
          now += passedMs;
          const before = heard.length;
          if (isFrame) own.push(SPOKEN, timestampMs, now);
          else own.tick(now);
          pushed += isFrame ? 1 : 0;
          expect(heard.length - before).toBeLessThanOrEqual(51);
          if (isFrame) expect(heard.at(-1)).toEqual({ at: timestampMs, silent: false });
        }
        expect(heard.filter(({ silent }) => !silent)).toHaveLength(pushed);
      }),
    );
  });
});

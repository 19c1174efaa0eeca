import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Playback } from '../../src/twilio/playback.js';
import { PlayoutClock } from '../../src/twilio/playout-clock.js';
import { Ticker } from '../../src/twilio/ticker.js';
import type { Heard, Utterance } from '../../src/twilio/utterance.js';

const seconds = (n: number) => Buffer.alloc(n * 8000, 0x55);

function setUp() {
  const wire: string[] = [];
  const output = {
    sendMedia: (audio: Buffer) => wire.push(`media ${audio.length}`),
    sendMark: (name: string) => wire.push(name),
    sendClear: () => wire.push('clear'),
  };
  const ticker = new Ticker(20, (error) => {
    throw error;
  });
  const onSpeaking = vi.fn<(speaking: boolean) => void>();
  const onMarkLag = vi.fn<(ms: number) => void>();
  const onMarkStall = vi.fn<() => void>();
  const onSent = vi.fn<(audio: Buffer, soundsAt: number) => void>();
  const clock = new PlayoutClock();
  const listener = { onSpeaking, onSent, onMarkLag, onMarkStall };
  const playback = new Playback({ output, clock, ticker, listener });
  // A frame every 20 ms: the network works, and Twilio's time goes on.
  const elapse = (ms: number) => {
    for (let left = ms; left > 0; left -= 20) {
      vi.advanceTimersByTime(20);
      clock.onMedia(performance.now(), performance.now());
    }
  };
  clock.onMedia(0, performance.now());
  return { wire, onSpeaking, onMarkLag, onMarkStall, onSent, playback, elapse };
}

describe('a playback', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends the first audio in the turn it comes in, and no more than 300 ms ahead', () => {
    const { wire, playback, onSpeaking } = setUp();
    playback.open({ onEnd: vi.fn() }).push({ text: 'hello', audio: seconds(1) });
    expect(wire).toEqual(['media 800', 'media 800']);
    expect(onSpeaking.mock.calls).toEqual([[true]]);
    vi.advanceTimersByTime(100);
    expect(wire).toHaveLength(3);
    expect(playback.unheardMs).toBe(900);
  });

  it('does not count what waits behind an utterance that is still open, and tells when it was dry', () => {
    const { playback } = setUp();
    const open = playback.open({ onEnd: vi.fn() });
    open.push({ text: 'hello', audio: seconds(1) });
    const next = playback.open({ onEnd: vi.fn() });
    next.push({ text: 'later', audio: seconds(2) });
    next.end();
    expect(playback.unheardMs).toBe(1000);
    vi.advanceTimersByTime(1500);
    expect(playback.unheardMs).toBe(0);
    expect(playback.dryAt).toBe(1000);
    open.end();
    expect(playback.unheardMs).toBe(2000);
  });

  it('marks the end of an utterance and ends it when the mark is back', () => {
    const { wire, playback, onSpeaking } = setUp();
    const onEnd = vi.fn<(utterance: Utterance, heard: Heard) => void>();
    const utterance = playback.open({ onEnd });
    utterance.push({ text: 'good', audio: Buffer.alloc(160) });
    utterance.push({ text: 'day', audio: Buffer.alloc(160) });
    utterance.end();
    expect(wire).toEqual(['media 160', 'media 160', 'utterance-1']);
    expect(playback.isIdle).toBe(false);
    playback.onMark('utterance-1');
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(utterance, {
      completed: true,
      heardMs: 40,
      text: 'good day',
      unheard: [],
    });
    expect(utterance).toMatchObject({ fullText: 'good day', startedAt: performance.now() });
    expect(onSpeaking.mock.calls).toEqual([[true], [false]]);
    expect(playback.isIdle).toBe(true);
  });

  it('is cut off with what the caller can have heard, and always tells Twilio', () => {
    const { wire, playback, elapse } = setUp();
    const onEnd = vi.fn<(utterance: Utterance, heard: Heard) => void>();
    const utterance = playback.open({ onEnd });
    utterance.push({ text: 'one two three four', audio: seconds(1) });
    elapse(520);
    const cut = playback.clear();
    expect(cut).toMatchObject({
      completed: false,
      heardMs: 500,
      text: 'one two',
    });
    expect(utterance.fullText).toBe('one two three four');
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(utterance, cut);
    expect(wire.at(-1)).toBe('clear');
    utterance.push({ text: 'late', audio: seconds(1) });
    utterance.end();
    vi.advanceTimersByTime(1000);
    expect(wire.at(-1)).toBe('clear');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has nothing to tell Twilio when nothing plays, but forgets what waits', () => {
    const { wire, playback } = setUp();
    const onEnd = vi.fn<(utterance: Utterance, heard: Heard) => void>();
    const utterance = playback.open({ onEnd });
    expect(playback.clear()).toBeNull();
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(
      expect.anything(),
      expect.objectContaining({ completed: false, heardMs: 0, text: '' }),
    );
    utterance.push({ text: 'late', audio: seconds(1) });
    expect(wire).toEqual([]);
  });

  it('takes the echo of a cleared mark for nothing', () => {
    const { playback } = setUp();
    const [first, second] = [vi.fn(), vi.fn()];
    const utterance = playback.open({ onEnd: first });
    utterance.push({ text: 'one', audio: Buffer.alloc(800) });
    utterance.end();
    playback.clear();
    const next = playback.open({ onEnd: second });
    next.push({ text: 'two', audio: Buffer.alloc(800) });
    next.end();
    playback.onMark('utterance-1');
    expect(second).not.toHaveBeenCalled();
    expect(playback.speaking).toBe(true);
    playback.onMark('utterance-2');
    expect(first).toHaveBeenCalledOnce();
    expect(second).toHaveBeenCalledOnce();
  });

  it('stays speaking from one utterance to the next when the next is out already', () => {
    const { playback, onSpeaking } = setUp();
    for (const text of ['one', 'two']) {
      const utterance = playback.open({ onEnd: vi.fn() });
      utterance.push({ text, audio: Buffer.alloc(160) });
      utterance.end();
    }
    playback.onMark('utterance-1');
    expect(onSpeaking.mock.calls).toEqual([[true]]);
    playback.onMark('utterance-2');
    expect(onSpeaking.mock.calls).toEqual([[true], [false]]);
  });

  it('ends an utterance without audio at once, when those before it are out', () => {
    const { wire, playback, onSpeaking } = setUp();
    const onEnd = vi.fn();
    playback.open({ onEnd }).end();
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(
      expect.anything(),
      expect.objectContaining({ completed: true, heardMs: 0 }),
    );
    expect(wire).toEqual([]);
    expect(onSpeaking).not.toHaveBeenCalled();
  });

  it('sends nothing more while a mark is 2 s late, and goes on when it is back', () => {
    const { wire, playback, elapse, onMarkStall, onMarkLag } = setUp();
    const say = (text: string, ms: number) => {
      const utterance = playback.open({ onEnd: vi.fn() });
      utterance.push({ text, audio: Buffer.alloc(ms * 8) });
      utterance.end();
    };
    say('one', 100);
    elapse(2080);
    expect(onMarkStall).not.toHaveBeenCalled();
    elapse(20);
    expect(onMarkStall).toHaveBeenCalledOnce();
    say('two', 100);
    elapse(1000);
    expect(wire).toEqual(['media 800', 'utterance-1']);
    playback.onMark('utterance-1');
    expect(onMarkLag).toHaveBeenCalledExactlyOnceWith(3000);
    expect(wire).toEqual(['media 800', 'utterance-1', 'media 800', 'utterance-2']);
    expect(onMarkStall).toHaveBeenCalledOnce();
  });

  it('gives up a mark after 10 s, so that nothing waits for ever, and the next ones after 2 s', () => {
    const { playback, elapse } = setUp();
    const [first, second] = [vi.fn(), vi.fn()];
    const say = (onEnd: () => void) => {
      const utterance = playback.open({ onEnd });
      utterance.push({ text: 'one', audio: Buffer.alloc(800) });
      utterance.end();
    };
    say(first);
    elapse(10_080);
    expect(first).not.toHaveBeenCalled();
    elapse(20);
    const played = expect.objectContaining({ completed: true });
    expect(first).toHaveBeenCalledExactlyOnceWith(expect.anything(), played);
    expect(vi.getTimerCount()).toBe(0);
    playback.onMark('utterance-1');
    expect(first).toHaveBeenCalledOnce();
    say(second);
    elapse(2120);
    expect(second).toHaveBeenCalledOnce();
  });

  it('ends each utterance once, also when the end of one makes its speaker clear those behind it', () => {
    const { wire, playback } = setUp();
    const behind = vi.fn();
    const first = playback.open({ onEnd: () => playback.clear() });
    const second = playback.open({ onEnd: behind });
    second.push({ text: 'never heard', audio: seconds(1) });
    second.end();
    first.end();
    const unheard = expect.objectContaining({ completed: false, heardMs: 0 });
    expect(behind).toHaveBeenCalledExactlyOnceWith(expect.anything(), unheard);
    expect(wire).toEqual([]);
    expect(playback.isIdle).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets the speaker go on in the same turn in which an utterance ends', () => {
    const { wire, playback } = setUp();
    const say = (text: string, then: () => void) => {
      const utterance = playback.open({ onEnd: then });
      utterance.push({ text, audio: Buffer.alloc(160) });
      utterance.end();
    };
    say('one', () => say('two', () => undefined));
    playback.onMark('utterance-1');
    expect(wire).toEqual(['media 160', 'utterance-1', 'media 160', 'utterance-2']);
    expect(playback.speaking).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Playback, type PlayedUtterance } from '../../src/twilio/playback.js';
import { Ticker } from '../../src/twilio/ticker.js';

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
  return { wire, onSpeaking, playback: new Playback(output, ticker, onSpeaking) };
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
    playback.open(vi.fn()).push('hello', seconds(1));
    expect(wire).toEqual(['media 800', 'media 800']);
    expect(onSpeaking.mock.calls).toEqual([[true]]);
    vi.advanceTimersByTime(100);
    expect(wire).toHaveLength(3);
    expect(playback.unheardMs).toBe(900);
  });

  it('marks the end of an utterance and ends it when the mark is back', () => {
    const { wire, playback, onSpeaking } = setUp();
    const onPlayed = vi.fn<(played: PlayedUtterance) => void>();
    const writer = playback.open(onPlayed);
    writer.push('good', Buffer.alloc(160));
    writer.push('day', Buffer.alloc(160));
    writer.end();
    expect(wire).toEqual(['media 160', 'media 160', 'utterance-1']);
    expect(playback.isIdle).toBe(false);
    playback.onMark('utterance-1');
    expect(onPlayed.mock.calls).toEqual([
      [{ completed: true, heardMs: 40, text: 'good day', fullText: 'good day', startedAt: new Date() }],
    ]);
    expect(onSpeaking.mock.calls).toEqual([[true], [false]]);
    expect(playback.isIdle).toBe(true);
  });

  it('is cut off with what the caller can have heard, and always tells Twilio', () => {
    const { wire, playback } = setUp();
    const onPlayed = vi.fn<(played: PlayedUtterance) => void>();
    const writer = playback.open(onPlayed);
    writer.push('one two three four', seconds(1));
    vi.advanceTimersByTime(500);
    const cut = playback.clear();
    expect(cut).toMatchObject({
      completed: false,
      heardMs: 500,
      text: 'one two',
      fullText: 'one two three four',
    });
    expect(onPlayed).toHaveBeenCalledExactlyOnceWith(cut);
    expect(wire.at(-1)).toBe('clear');
    writer.push('late', seconds(1));
    writer.end();
    vi.advanceTimersByTime(1000);
    expect(wire.at(-1)).toBe('clear');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has nothing to tell Twilio when nothing plays, but forgets what waits', () => {
    const { wire, playback } = setUp();
    const onPlayed = vi.fn<(played: PlayedUtterance) => void>();
    const writer = playback.open(onPlayed);
    expect(playback.clear()).toBeNull();
    expect(onPlayed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ completed: false, heardMs: 0, text: '' }),
    );
    writer.push('late', seconds(1));
    expect(wire).toEqual([]);
  });

  it('takes the echo of a cleared mark for nothing', () => {
    const { playback } = setUp();
    const [first, second] = [vi.fn(), vi.fn()];
    const writer = playback.open(first);
    writer.push('one', Buffer.alloc(800));
    writer.end();
    playback.clear();
    const next = playback.open(second);
    next.push('two', Buffer.alloc(800));
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
      const writer = playback.open(vi.fn());
      writer.push(text, Buffer.alloc(160));
      writer.end();
    }
    playback.onMark('utterance-1');
    expect(onSpeaking.mock.calls).toEqual([[true]]);
    playback.onMark('utterance-2');
    expect(onSpeaking.mock.calls).toEqual([[true], [false]]);
  });

  it('ends an utterance without audio at once, when those before it are out', () => {
    const { wire, playback, onSpeaking } = setUp();
    const onPlayed = vi.fn();
    playback.open(onPlayed).end();
    expect(onPlayed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ completed: true, heardMs: 0 }),
    );
    expect(wire).toEqual([]);
    expect(onSpeaking).not.toHaveBeenCalled();
  });

  it('gives up a mark that is 2 s late, so that nothing waits for it for ever', () => {
    const { playback } = setUp();
    const onPlayed = vi.fn();
    const writer = playback.open(onPlayed);
    writer.push('one', Buffer.alloc(800));
    writer.end();
    vi.advanceTimersByTime(2080);
    expect(onPlayed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(40);
    expect(onPlayed).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    playback.onMark('utterance-1');
    expect(onPlayed).toHaveBeenCalledOnce();
  });

  it('ends each utterance once, also when the end of one makes its speaker clear those behind it', () => {
    const { wire, playback } = setUp();
    const behind = vi.fn();
    const first = playback.open(() => playback.clear());
    const second = playback.open(behind);
    second.push('never heard', seconds(1));
    second.end();
    first.end();
    expect(behind).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ completed: false, heardMs: 0 }));
    expect(wire).toEqual([]);
    expect(playback.isIdle).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets the speaker go on in the same turn in which an utterance ends', () => {
    const { wire, playback } = setUp();
    const say = (text: string, then: () => void) => {
      const writer = playback.open(then);
      writer.push(text, Buffer.alloc(160));
      writer.end();
    };
    say('one', () => say('two', () => undefined));
    playback.onMark('utterance-1');
    expect(wire).toEqual(['media 160', 'utterance-1', 'media 160', 'utterance-2']);
    expect(playback.speaking).toBe(true);
  });
});

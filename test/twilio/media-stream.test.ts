import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSocket } from '../support/fake-socket.js';
import { fakeStream as setUp, startedStream as started, twilio } from '../support/fake-stream.js';
import { StreamMessages, streamSidOf } from '../support/stream-messages.js';

const other = new StreamMessages(streamSidOf(2));
/** After a timer the sockets are read, and the fake clock takes that long to come to what follows. */
const LOOK_MS = 1;
const fails = () => {
  throw new Error('a fault in one call');
};

describe('a media stream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('tells its listener everything in the order it comes, and the end once, last', async () => {
    const { socket, told } = setUp();
    socket.receive(twilio.connected());
    socket.receive(twilio.start());
    socket.receive(twilio.media(Buffer.alloc(160), 0));
    socket.receive(twilio.dtmf('5'));
    socket.receive(twilio.media(Buffer.alloc(80), 20));
    socket.receive(twilio.mark('m1'));
    socket.receive(twilio.stop());
    socket.receive(twilio.media());
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([
      'start true',
      'media 160 at 0',
      'digit 5',
      'media 80 at 20',
      'mark m1',
      'end stopped',
    ]);
    expect(socket.closes).toEqual([{ code: 1000, reason: 'stopped' }]);
  });

  it('sends nothing before it knows its streamSid, then media, marks and clears', async () => {
    const { socket, stream } = setUp();
    stream.sendMedia(Buffer.alloc(160));
    stream.sendMark('early');
    stream.sendClear();
    expect(socket.sent).toEqual([]);
    socket.receive(twilio.start());
    stream.sendMedia(Buffer.from([0xff, 0xff]));
    stream.sendMark('m1');
    stream.sendClear();
    const { streamSid } = twilio;
    expect(socket.messages).toEqual([
      { event: 'media', streamSid, media: { payload: '//8=' } },
      { event: 'mark', streamSid, mark: { name: 'm1' } },
      { event: 'clear', streamSid },
    ]);
    socket.lose();
    stream.sendMedia(Buffer.alloc(160));
    expect(socket.sent).toHaveLength(3);
  });

  it('is closed with 1008 when no valid start comes in time', async () => {
    const { socket, told } = setUp();
    socket.receive(twilio.connected());
    await vi.advanceTimersByTimeAsync(4999);
    expect(socket.closes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect(socket.closes).toEqual([{ code: 1008, reason: 'no start message in time' }]);
    expect(told).toEqual(['end closed']);
  });

  it('is dead when no message comes for the idle time, and only then', async () => {
    const { socket, told } = started();
    for (let i = 0; i < 5; i += 1) {
      await vi.advanceTimersByTimeAsync(14_000);
      socket.receive(twilio.mark('alive'));
    }
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect(socket.terminated).toBe(true);
    expect(told.at(-1)).toBe('end lost');
  });

  it('is not dead when the process stood still and its messages wait to be read', async () => {
    const { socket, told } = started();
    await vi.advanceTimersByTimeAsync(14_000);
    // Behind the timer of the stream, as a socket is read after a pause.
    setTimeout(() => socket.receive(twilio.media()), 1000);
    await vi.advanceTimersByTimeAsync(1000 + LOOK_MS);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(15_000 + LOOK_MS);
    expect([socket.terminated, told.at(-1)]).toEqual([true, 'end lost']);
  });

  it('is not refused when its start waits to be read at the end of its time', async () => {
    const { socket, told } = setUp();
    setTimeout(() => socket.receive(twilio.start()), 5000);
    await vi.advanceTimersByTimeAsync(5000 + LOOK_MS);
    expect([socket.closes, told]).toEqual([[], ['start true']]);
    socket.lose();
  });

  it('has not stopped reading when its pong waits to be read at the end of its time', async () => {
    const { socket, stream } = started();
    stream.probe();
    setTimeout(() => socket.emit('pong'), 8000);
    await vi.advanceTimersByTimeAsync(8000 + LOOK_MS);
    expect(socket.terminated).toBe(false);
    socket.lose();
  });

  it('ends after what a mark of the same read has settled', async () => {
    const { socket, told } = setUp({ socket: new FakeSocket({ answersClose: false }) });
    socket.receive(twilio.start());
    socket.receive(twilio.stop());
    await Promise.resolve().then(() => Promise.resolve());
    expect(told).toEqual(['start true']);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['start true', 'end stopped']);
    socket.lose();
  });

  it('asks a peer that says nothing once half the idle time is over', async () => {
    const { socket } = started();
    await vi.advanceTimersByTimeAsync(7499);
    socket.receive(twilio.media());
    await vi.advanceTimersByTimeAsync(7499);
    expect(socket.pings).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.pings).toBe(1);
    socket.lose();
  });

  it('is alive while we send and the peer answers pings, and dead an idle time after the last of both', async () => {
    const { socket, stream, told } = started();
    socket.answersPings = true;
    for (let second = 0; second < 60; second += 1) {
      stream.sendMedia(Buffer.alloc(160));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect([socket.terminated, socket.pings]).toEqual([false, 8]);
    await vi.advanceTimersByTimeAsync(13_999);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect([socket.terminated, told]).toEqual([true, ['end lost']]);
  });

  it.each([
    ['answers pings while nothing is sent', true, 0],
    ['answers no ping, whatever is sent', false, 15],
  ])('is dead after the idle time when its peer %s', async (_how, answersPings, sent) => {
    const { socket, stream } = started();
    socket.answersPings = answersPings;
    for (let second = 0; second < 15; second += 1) {
      expect(socket.terminated).toBe(false);
      if (second < sent) stream.sendMedia(Buffer.alloc(160));
      await vi.advanceTimersByTimeAsync(second < 14 ? 1000 : 999);
    }
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect(socket.terminated).toBe(true);
  });

  it('sets no timer for a frame, and one in half the idle time for all of them', async () => {
    const { socket } = started();
    const { setTimeout: fake } = globalThis;
    let timers = 0;
    // No spy: it would put the fake one back after the timers are real again.
    globalThis.setTimeout = Object.assign((...of: Parameters<typeof fake>) => {
      timers += 1;
      return fake(...of);
    }, fake);
    for (let n = 0; n < 1500; n += 1) {
      socket.receive(twilio.media());
      await vi.advanceTimersByTimeAsync(20);
    }
    globalThis.setTimeout = fake;
    expect(timers).toBeLessThanOrEqual(5);
    socket.lose();
  });

  it('is closed with 1003 on a binary frame', async () => {
    const { socket, told, dropped } = started();
    socket.receiveBinary(Buffer.from(JSON.stringify(twilio.stop())));
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.closes).toMatchObject([{ code: 1003 }]);
    expect(told).toEqual(['end closed']);
    expect(await dropped('binary')).toBe(1);
  });

  it('drops twenty malformed messages and is closed with 1008 at the next', async () => {
    const { socket, told, dropped } = started();
    for (let i = 0; i < 20; i += 1) socket.receive(i % 2 === 0 ? '{' : { event: 'media' });
    expect(socket.closes).toEqual([]);
    socket.receive(twilio.dtmf('1'));
    socket.receive('null');
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.closes).toMatchObject([{ code: 1008 }]);
    expect(told).toEqual(['digit 1', 'end closed']);
    expect(await dropped('malformed')).toBe(21);
  });

  it('is closed with 1008 when messages keep coming before start', async () => {
    const { socket, told, dropped } = setUp();
    for (let i = 0; i < 3; i += 1) socket.receive(twilio.media());
    expect(socket.closes).toEqual([]);
    socket.receive(twilio.dtmf('1'));
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.closes).toMatchObject([{ code: 1008 }]);
    expect(told).toEqual(['end closed']);
    expect(await dropped('out_of_order')).toBe(4);
  });

  it('begins once: a second start is dropped', async () => {
    const { socket, told, dropped } = started();
    socket.receive(other.start());
    socket.receive(twilio.dtmf('1'));
    expect(told).toEqual(['digit 1']);
    expect(await dropped('out_of_order')).toBe(1);
    socket.lose();
  });

  it('drops messages of another stream and events it does not know', async () => {
    const { socket, told, dropped } = started();
    for (const message of [other.media(), other.dtmf('1'), other.mark('m'), other.stop()])
      socket.receive(message);
    socket.receive({ event: 'sentiment', streamSid: twilio.streamSid });
    expect(told).toEqual([]);
    expect(socket.closes).toEqual([]);
    expect([await dropped('wrong_stream'), await dropped('unknown_event')]).toEqual([4, 1]);
    socket.lose();
  });

  const key = (digit: string, sequenceNumber?: unknown, track = 'inbound_track') => ({
    event: 'dtmf',
    streamSid: twilio.streamSid,
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    dtmf: { track, digit },
  });
  it.each([
    ['twice under one number', [key('1', '5'), key('1', '5')], ['1']],
    ['three times under one number', [key('1', '5'), key('1', '5'), key('1', '5')], ['1']],
    ['with its number as a text and as a number', [key('1', '5'), key('1', 5)], ['1']],
    ['with zeros before its number', [key('1', '5'), key('1', '005')], ['1']],
    ['again behind another key', [key('1', '5'), key('2', '6'), key('1', '5')], ['1', '2']],
    [
      'again with all that came with it',
      [key('1', '5'), key('2', '6'), key('1', '5'), key('2', '6')],
      ['1', '2'],
    ],
    ['under two numbers', [key('1', '5'), key('1', '6')], ['1', '1']],
    ['under a number that is lower', [key('1', '6'), key('1', '5')], ['1', '1']],
    ['as another key under the same number', [key('1', '5'), key('2', '5')], ['1', '2']],
    ['without a number', [key('1'), key('1')], ['1', '1']],
    [
      'with a number that is none',
      [key('1', 'x'), key('1', 'x'), key('1', 1.5), key('1', 1.5)],
      ['1', '1', '1', '1'],
    ],
    ['of the other track', [key('1', '5', 'outbound_track'), key('1', '5')], ['1']],
  ])('tells of a key that comes %s', (_how, messages, digits) => {
    const { socket, told } = started();
    for (const message of messages) {
      socket.receive(message);
      socket.receive(twilio.media());
    }
    expect(told.filter((each) => each.startsWith('digit'))).toEqual(digits.map((digit) => `digit ${digit}`));
    socket.lose();
  });

  it('tells of a key of its own though another stream had one of the same number', () => {
    const [one, two] = [started(), started()];
    for (const { socket, told } of [one, two]) {
      socket.receive(key('1', '5'));
      expect(told).toEqual(['digit 1']);
      socket.lose();
    }
  });

  it('keeps what the caller hears from its listener, and is alive by it', async () => {
    const { socket, told, dropped } = started();
    const { media, ...head } = twilio.media();
    for (let n = 0; n < 20; n += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      socket.receive({ ...head, media: { ...media, track: n % 2 === 0 ? 'outbound' : 'outbound_track' } });
    }
    expect([told, socket.terminated, await dropped('outbound_track')]).toEqual([[], false, 20]);
    socket.lose();
  });

  it('is lost when the socket closes without a stop, and closed when we closed it', async () => {
    const lost = started();
    lost.socket.lose();
    expect(lost.told).toEqual(['end lost']);
    const closed = started();
    closed.stream.close(1000, 'done');
    await vi.advanceTimersByTimeAsync(0);
    expect(closed.told).toEqual(['end closed']);
    closed.stream.close(1000, 'done');
    expect(closed.socket.closes).toHaveLength(1);
  });

  it('does not wait for ever for a peer that does not answer its close', async () => {
    const { socket, stream, told } = started({ socket: new FakeSocket({ answersClose: false }) });
    stream.close(1001, 'superseded');
    stream.close(1000, 'once more, which must not take the deadline away');
    await vi.advanceTimersByTimeAsync(2999);
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect(socket.terminated).toBe(true);
    expect(told).toEqual(['end closed']);
    expect(socket.closes).toHaveLength(1);
  });

  it('tells nothing more once it is closing, whatever still comes', async () => {
    const { socket, stream, told } = started({ socket: new FakeSocket({ answersClose: false }) });
    stream.close(1000, 'done');
    for (const message of [twilio.media(), twilio.dtmf('1'), twilio.mark('m'), twilio.stop()])
      socket.receive(message);
    socket.receive('{');
    expect(told).toEqual([]);
    socket.lose();
    expect(told).toEqual(['end closed']);
  });

  it.each([
    ['onStart', twilio.start()],
    ['onMedia', twilio.media()],
    ['onDigit', twilio.dtmf('1')],
    ['onMark', twilio.mark('m')],
  ] as const)('is closed with 1011 when %s fails, and no other stream feels it', async (method, message) => {
    const neighbour = started();
    const { socket, told } = setUp({ listener: { [method]: fails } });
    if (method !== 'onStart') socket.receive(twilio.start());
    socket.receive(message);
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.closes).toEqual([{ code: 1011, reason: 'internal error' }]);
    expect(told.at(-1)).toBe('end closed');
    neighbour.socket.receive(twilio.dtmf('7'));
    expect(neighbour.told).toEqual(['digit 7']);
    neighbour.socket.lose();
  });

  it.each([
    ['throws', fails],
    ['rejects', async () => fails()],
  ])('is closed with 1011 when work of its call %s, begun by a timer', async (_, work) => {
    const { socket, stream } = started();
    setTimeout(() => stream.guard(work), 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(socket.closes).toEqual([{ code: 1011, reason: 'internal error' }]);
  });

  it('survives a listener that fails at the end, on a stop as on a loss', async () => {
    const onEnd = vi.fn(() => {
      throw new Error('a fault at the end');
    });
    const one = started({ listener: { onEnd } });
    expect(() => one.socket.lose()).not.toThrow();
    const two = started({ listener: { onEnd } });
    expect(() => two.socket.receive(twilio.stop())).not.toThrow();
    await vi.advanceTimersByTimeAsync(0);
    expect(onEnd).toHaveBeenCalledTimes(2);
  });

  it('gives up a peer that has stopped reading', async () => {
    const { socket, stream, told } = started();
    socket.bufferedAmount = 1024 * 1024;
    stream.sendMedia(Buffer.alloc(160));
    expect(socket.terminated).toBe(false);
    socket.bufferedAmount += 1;
    stream.sendMedia(Buffer.alloc(160));
    expect(socket.terminated).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['end lost']);
  });

  it('gives up a peer that does not answer a ping within 8 s, though it goes on sending', async () => {
    const { socket, stream, told } = started();
    stream.probe();
    stream.probe();
    expect(socket.pings).toBe(1);
    await vi.advanceTimersByTimeAsync(7999);
    socket.receive(twilio.media());
    expect(socket.terminated).toBe(false);
    await vi.advanceTimersByTimeAsync(1 + LOOK_MS);
    expect(socket.terminated).toBe(true);
    expect(told.at(-1)).toBe('end lost');
  });

  it('keeps a peer that answers the ping, and can doubt it again', async () => {
    const { socket, stream } = started();
    for (let doubt = 1; doubt <= 3; doubt += 1) {
      stream.probe();
      socket.emit('pong');
      for (let n = 0; n < 3; n += 1) {
        await vi.advanceTimersByTimeAsync(5000);
        socket.receive(twilio.media());
      }
      expect([socket.pings, socket.terminated]).toEqual([doubt, false]);
    }
    stream.probe();
    stream.close(1000, 'done');
    await vi.advanceTimersByTimeAsync(0);
    stream.probe();
    expect(socket.pings).toBe(4);
  });

  it('counts a message that is too big apart from other faults of the protocol', async () => {
    const { socket, dropped } = started();
    const code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    socket.emit('error', Object.assign(new RangeError('Max payload size exceeded'), { code }));
    socket.emit('error', new Error('Invalid WebSocket frame'));
    expect([await dropped('too_big'), await dropped('protocol')]).toEqual([1, 1]);
    socket.lose();
  });
});

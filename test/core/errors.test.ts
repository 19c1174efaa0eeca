import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayError, summarize, withDeadline } from '../../src/core/errors.js';

describe('GatewayError', () => {
  it('carries a code for programs, a sentence for people and its cause', () => {
    const cause = new Error('socket hang up');
    const error = new GatewayError('UNAVAILABLE', 'The database does not answer.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'GatewayError',
      code: 'UNAVAILABLE',
      message: 'The database does not answer.',
      cause,
    });
  });
});

describe('summarize', () => {
  it('keeps name, code and message, and nothing else of an error', () => {
    const error = Object.assign(new TypeError('no answer'), {
      code: 'ETIMEDOUT',
      command: { name: 'set', args: ['session:CA1', 'everything the caller said'] },
    });
    expect(summarize(error)).toEqual({ name: 'TypeError', message: 'no answer', code: 'ETIMEDOUT' });
  });

  it('leaves out a code that is no text', () => {
    expect(summarize(Object.assign(new Error('x'), { code: 7 }))).toEqual({ name: 'Error', message: 'x' });
  });

  it('names the kind of what was thrown when it is neither an error nor a text', () => {
    expect(summarize({ phone: '+15551234567' })).toEqual({ name: 'Error', message: 'a thrown object' });
    expect(summarize('plain words')).toEqual({ name: 'Error', message: 'plain words' });
  });

  it('never throws, whatever was thrown', () => {
    const things = fc.oneof(fc.anything({ withNullPrototype: true }), fc.constant(Symbol('s')));
    fc.assert(
      fc.property(things, (thing) => {
        expect(typeof summarize(thing).message).toBe('string');
      }),
    );
  });
});

describe('withDeadline', () => {
  afterEach(() => vi.useRealTimers());

  it('gives what the work gives and leaves no timer', async () => {
    vi.useFakeTimers();
    await expect(withDeadline(Promise.resolve(7), 1000, 'Counting')).resolves.toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails as the work fails and leaves no timer', async () => {
    vi.useFakeTimers();
    await expect(withDeadline(Promise.reject(new RangeError('no')), 1000, 'Counting')).rejects.toThrow(
      RangeError,
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up on work that never settles, naming it and its time', async () => {
    vi.useFakeTimers();
    const outcome = expect(
      withDeadline(new Promise(() => undefined), 250, 'Reading the session'),
    ).rejects.toMatchObject({ code: 'DEADLINE', message: 'Reading the session took longer than 250 ms' });
    await vi.advanceTimersByTimeAsync(251);
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes an answer that came while the event loop was blocked, though the time is over', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    const accepted = once(server, 'connection');
    await once(server, 'listening');
    const asking = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [answering] = (await accepted) as [Socket];
    const answer = withDeadline(once(asking, 'data'), 20, 'The answer');
    answering.write('here');
    const blockedUntil = performance.now() + 60;
    while (performance.now() < blockedUntil);
    expect(String(await answer)).toBe('here');
    for (const socket of [asking, answering]) socket.destroy();
    server.close();
  });

  it('does not let a failure after the deadline become an unhandled rejection', async () => {
    vi.useFakeTimers();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const outcome = expect(withDeadline(work, 10, 'A write')).rejects.toMatchObject({ code: 'DEADLINE' });
    await vi.advanceTimersByTimeAsync(11);
    await outcome;
    vi.useRealTimers();
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

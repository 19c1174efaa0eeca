import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { SpeechQueue } from '../../src/speech/speech-queue.js';
import type { Speech, SynthesisOptions } from '../../src/speech/text-to-speech.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A queue whose texts are said when the test says so, one after the other. */
function setUp() {
  const queue = new SpeechQueue();
  const begun: string[] = [];
  let finish: (error?: Error) => void = () => undefined;
  const say = (text: string): Promise<Speech> => {
    begun.push(text);
    return new Promise((resolve, reject) => {
      finish = (error) => (error ? reject(error) : resolve({ audio: Buffer.from(text) }));
    });
  };
  return {
    queue,
    begun,
    add: (text: string, options: SynthesisOptions = {}) => queue.add(text, () => say(text), options),
    next: async (error?: Error) => {
      finish(error);
      await settled();
    },
  };
}

describe('the queue of texts to say', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says what a caller needs first before the later sentences of another', async () => {
    const { add, begun, next } = setUp();
    for (const nth of [0, 1, 2]) void add(`One ${nth}`, { nth });
    for (const nth of [0, 1]) void add(`Other ${nth}`, { nth });
    for (let n = 0; n < 5; n++) await next();
    expect(begun).toEqual(['One 0', 'Other 0', 'One 1', 'Other 1', 'One 2']);
  });

  it('lets a later sentence wait no longer than its caller hears those before it', async () => {
    const { add, begun, next } = setUp();
    void add('Being said');
    void add('Second of the one', { nth: 1 });
    vi.advanceTimersByTime(1500);
    void add('First of the other');
    await next();
    await next();
    expect(begun).toEqual(['Being said', 'Second of the one', 'First of the other']);
  });

  it('says a text once that is asked for again, and at once when a caller waits for it', async () => {
    const { add, begun, next } = setUp();
    const said = add('Being said', { background: true });
    const prepared = [add('Prepared one', { background: true }), add('Prepared two', { background: true })];
    const needed = [add('Prepared two'), add('Being said')];
    for (let n = 0; n < 3; n++) await next();
    expect(begun).toEqual(['Being said', 'Prepared two', 'Prepared one']);
    expect(needed).toEqual([prepared[1], said]);
  });

  it('rejects a text that could not be said for all who wait for it, and says the next', async () => {
    const { add, begun, next } = setUp();
    const both = [add('Faulty', { background: true }), add('Faulty')];
    void add('Next');
    const results = Promise.allSettled(both);
    await next(new Error('hoarse'));
    expect(await results).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(begun).toEqual(['Faulty', 'Next']);
  });

  it('rejects what has not begun when it is cleared, and finishes what has', async () => {
    const { add, queue, next } = setUp();
    const [begun, waiting] = [add('Begun'), add('Waiting')];
    const rejected = expect(waiting).rejects.toThrow('closed');
    queue.clear(new GatewayError('SPEECH_FAILED', 'closed'));
    await rejected;
    await next();
    expect((await begun).audio.toString()).toBe('Begun');
  });

  it('says every text once, and always the one that is needed first', async () => {
    const request = fc.record({
      background: fc.boolean(),
      nth: fc.nat(4),
      laterMs: fc.nat(2000),
      turns: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 20 }), async (requests) => {
        const { add, begun, next } = setUp();
        const waiting = new Map<string, number>();
        const check = () => {
          const text = begun.at(-1) ?? '';
          const neededAt = waiting.get(text);
          if (neededAt === undefined) return;
          expect(neededAt).toBe(Math.min(...waiting.values()));
          waiting.delete(text);
        };
        for (const [n, { background, nth, laterMs, turns }] of requests.entries()) {
          vi.advanceTimersByTime(laterMs);
          waiting.set(`Text ${n}`, background ? Number.POSITIVE_INFINITY : performance.now() + nth * 1000);
          void add(`Text ${n}`, { background, nth });
          check();
          for (let turn = 0; turn < turns; turn++) {
            await next();
            check();
          }
        }
        for (let turn = 0; turn < requests.length; turn++) {
          await next();
          check();
        }
        expect(begun.toSorted()).toEqual(requests.map((_, n) => `Text ${n}`).toSorted());
      }),
    );
  });
});

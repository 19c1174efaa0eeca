import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { PromptCache } from '../../src/speech/prompt-cache.js';
import type { Speech, SynthesisOptions, TextToSpeech } from '../../src/speech/text-to-speech.js';

interface Order {
  readonly text: string;
  readonly background: boolean;
  readonly nth: number;
  deliver(bytes?: number): void;
  fail(): void;
}

/** A voice that delivers when the test says so. */
class OrderedVoice implements TextToSpeech {
  readonly orders: Order[] = [];

  synthesize(text: string, { background = false, nth = 0 }: SynthesisOptions = {}): Promise<Speech> {
    return new Promise((resolve, reject) => {
      this.orders.push({
        text,
        background,
        nth,
        deliver: (bytes = 160) => resolve({ audio: Buffer.alloc(bytes, text), wordEndsMs: [bytes / 8] }),
        fail: () => reject(new GatewayError('SPEECH_FAILED', 'The voice is hoarse')),
      });
    });
  }

  async close(): Promise<void> {}

  order(index: number): Order {
    const order = this.orders[index];
    if (!order) throw new Error(`The voice has had ${this.orders.length} orders`);
    return order;
  }
}

function setUp(maxBytes?: number) {
  const voice = new OrderedVoice();
  const metrics = new Metrics();
  const options = { voice, metrics, logger: silentLogger() };
  return {
    voice,
    metrics,
    cache: new PromptCache(maxBytes === undefined ? options : { ...options, maxBytes }),
  };
}

async function count(metrics: Metrics, name: string): Promise<number> {
  const text = await metrics.registry.metrics();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the prompt cache', () => {
  it('gives a prompt that is at hand in the same turn, without a promise', async () => {
    const { voice, cache } = setUp();
    const first = cache.speak('Hello.');
    voice.order(0).deliver();
    const made = await first;
    expect(first).toBeInstanceOf(Promise);
    expect(cache.speak('Hello.')).toBe(made);
    expect(made).toEqual({ text: 'Hello.', audio: Buffer.alloc(160, 'Hello.'), wordEndsMs: [20] });
    expect(voice.orders).toHaveLength(1);
  });

  it('has a text made once for all who ask meanwhile', async () => {
    const { voice, cache } = setUp();
    const asked = [cache.speak('Hello.'), cache.speak('Hello.'), cache.speak('Hello.')];
    voice.order(0).deliver();
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(voice.orders).toHaveLength(1);
  });

  it('forgets a failure, so that the next caller tries anew', async () => {
    const { voice, metrics, cache } = setUp();
    const failing = [cache.speak('Hello.'), cache.speak('Hello.')];
    voice.order(0).fail();
    const outcomes = await Promise.allSettled(failing);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = cache.speak('Hello.');
    voice.order(1).deliver();
    expect((await again).text).toBe('Hello.');
    expect(await count(metrics, 'bayline_speech_failures_total')).toBe(1);
    expect(await count(metrics, 'bayline_speech_seconds_count')).toBe(1);
  });

  it('lets go of what was spoken longest ago when it is full', async () => {
    const { voice, cache } = setUp(480);
    for (const [index, text] of ['A', 'B', 'C'].entries()) {
      const made = cache.speak(text);
      voice.order(index).deliver();
      await made;
    }
    expect(cache.speak('A')).not.toBeInstanceOf(Promise);
    const fourth = cache.speak('D');
    voice.order(3).deliver();
    await fourth;
    const atHand = ['A', 'C', 'D'].map((text) => cache.speak(text) instanceof Promise);
    expect(atHand).toEqual([false, false, false]);
    expect(cache.speak('B')).toBeInstanceOf(Promise);
    expect(cache.bytes).toBe(480);
  });

  it('forgets what it is told to, and its bytes', async () => {
    const { voice, cache } = setUp();
    for (const [index, text] of ['Hello, Maria.', 'Hello.', 'Hello, James.'].entries()) {
      const made = cache.speak(text);
      voice.order(index).deliver();
      await made;
    }
    cache.drop((text) => text.startsWith('Hello, '));
    const atHand = ['Hello, Maria.', 'Hello.', 'Hello, James.'].map((text) => cache.atHand(text) !== null);
    expect(atHand).toEqual([false, true, false]);
    expect(cache.bytes).toBe(160);
  });

  it('prepares one text at a time in the background, and only those not at hand', async () => {
    const { voice, cache } = setUp();
    const known = cache.speak('B');
    voice.order(0).deliver();
    await known;
    const preparing = cache.prepare(['A', 'B', 'C', 'A']);
    await settled();
    expect(voice.orders.slice(1)).toMatchObject([{ text: 'A', background: true }]);
    voice.order(1).deliver();
    await settled();
    expect(voice.orders.slice(2)).toMatchObject([{ text: 'C', background: true }]);
    voice.order(2).deliver();
    await preparing;
    expect(voice.orders).toHaveLength(3);
    expect(cache.speak('C')).toMatchObject({ text: 'C' });
  });

  it('goes on preparing after a failure', async () => {
    const { voice, cache } = setUp();
    const preparing = cache.prepare(['A', 'B']);
    voice.order(0).fail();
    await settled();
    voice.order(1).deliver();
    await expect(preparing).resolves.toBeUndefined();
    expect(cache.speak('A')).toBeInstanceOf(Promise);
    expect(cache.speak('B')).toMatchObject({ text: 'B' });
  });

  it('asks anew for a caller rather than let him wait behind what others wait for', async () => {
    const { voice, cache } = setUp();
    const preparing = cache.prepare(['A']);
    const live = cache.speak('A');
    expect(voice.orders).toMatchObject([{ background: true }, { background: false }]);
    voice.order(1).deliver();
    const made = await live;
    expect(cache.speak('A')).toBe(made);
    voice.order(0).deliver();
    await preparing;
    expect(cache.bytes).toBe(160);
  });

  it('asks anew for a caller who needs at once what another needs after other sentences, and never the other way round', () => {
    const { voice, cache } = setUp();
    const [later, atOnce, last] = [cache.speak('A', 2), cache.speak('A'), cache.speak('A', 1)];
    expect(voice.orders).toMatchObject([{ nth: 2 }, { nth: 0 }]);
    expect(last).toBe(atOnce);
    expect(last).not.toBe(later);
  });

  it('keeps within its bytes and gives each the audio of its own text, whatever is asked', async () => {
    const asked = fc.array(fc.tuple(fc.constantFrom(...'ABCDEFGH'), fc.integer({ min: 1, max: 5 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 0, max: 2000 }), async (requests, maxBytes) => {
        const { voice, cache } = setUp(maxBytes);
        for (const [text, frames] of requests) {
          const prompt = cache.speak(text);
          if (prompt instanceof Promise) voice.orders.at(-1)?.deliver(frames * 160);
          const { audio } = await prompt;
          expect(audio[0]).toBe(text.charCodeAt(0));
          expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
          if (audio.length <= maxBytes) expect(cache.speak(text)).not.toBeInstanceOf(Promise);
        }
      }),
    );
  });
});

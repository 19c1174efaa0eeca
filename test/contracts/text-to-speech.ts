import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, FRAME_BYTES } from '../../src/audio/mulaw.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';

/** What every voice must do; `make` gives a fresh one. */
export function describeTextToSpeech(name: string, make: () => TextToSpeech): void {
  describe(`${name} as a voice`, { timeout: 120_000 }, () => {
    let voice: TextToSpeech;
    beforeAll(() => {
      voice = make();
    });
    afterAll(() => voice.close());

    it('says a sentence in whole frames of audible sound', async () => {
      const { audio } = await voice.synthesize('Which service do you need?');
      expect(audio.length % FRAME_BYTES).toBe(0);
      expect(audio.length / 8000).toBeGreaterThan(0.8);
      expect(audio.length / 8000).toBeLessThan(5);
      expect(Math.max(...decode(audio).map(Math.abs))).toBeGreaterThan(3000);
    });

    it.each([
      'To book an appointment, press 1.',
      'We open at 9:30.  Call 555-010-0123, or write!',
      'Mon-Fri 08:00-17:00 … 🚗 fine',
    ])('knows when each word has been said, or does not say so (%s)', async (text) => {
      const { audio, wordEndsMs } = await voice.synthesize(text);
      if (!wordEndsMs) return;
      expect(wordEndsMs).toHaveLength(text.split(' ').length);
      expect(wordEndsMs).toEqual([...wordEndsMs].sort((a, b) => a - b));
      expect(wordEndsMs[0]).toBeGreaterThanOrEqual(0);
      expect(wordEndsMs.at(-1)).toBeLessThanOrEqual(audio.length / 8);
    });

    it('says the same text the same way again, and another text differently', async () => {
      const [first, again, other] = await Promise.all(
        ['Press one.', 'Press one.', 'Press two.'].map((text) => voice.synthesize(text)),
      );
      expect(first).toEqual(again);
      expect(other?.audio.equals(first?.audio ?? Buffer.alloc(0))).toBe(false);
    });

    it.each([
      ['nothing', ''],
      ['spaces', ' \n\t '],
      ['no word', '… 🚗 —'],
      ['a text without end', 'and so on '.repeat(200)],
    ])('refuses %s with a clear error and goes on', async (_, text) => {
      await expect(voice.synthesize(text)).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
      expect((await voice.synthesize('Yes.')).audio.length).toBeGreaterThan(0);
    });

    it.each([
      ['control characters', 'Press\u0000 one\u0007 now\u001b[2J.'],
      ['markup', '<speak><break time="9s"/>Press one & <b>two</b>.</speak>'],
      ['what looks like options', '--version -f /etc/passwd'],
      ['other scripts', 'Press один, 一 or eins.'],
      ['one long word', 'a'.repeat(120)],
    ])('says a text with %s', async (_, text) => {
      expect((await voice.synthesize(text)).audio.length).toBeGreaterThan(0);
    });

    it('rejects what still waits when it is closed, and everything after', async () => {
      const closing = make();
      const waiting = ['One.', 'Two.', 'Three.'].map((text) => closing.synthesize(text));
      const outcomes = Promise.allSettled(waiting);
      await closing.close();
      const last = (await outcomes).at(-1);
      expect(last).toMatchObject({ status: 'rejected', reason: { code: 'SPEECH_FAILED' } });
      await expect(closing.synthesize('Four.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
      await closing.close();
    });
  });
}

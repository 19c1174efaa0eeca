import { describe, expect, it } from 'vitest';
import { fromMulaw, levelOf } from '../../../packages/realtime-simulator/src/audio/formats.js';
import { encodeMulaw, MULAW_SAMPLES } from '../../../packages/realtime-simulator/src/audio/mulaw.js';
import { silence, toneVoice } from '../../../packages/realtime-simulator/src/audio/tone-voice.js';

describe("the model's audio", () => {
  it('has every mu-law byte again after a way through samples', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => encodeMulaw(MULAW_SAMPLES[byte] ?? 0));
    // 0x7f is minus zero, which comes back as zero.
    expect(bytes).toEqual(Array.from({ length: 256 }, (_, byte) => (byte === 0x7f ? 0xff : byte)));
  });

  it('is as loud in PCM as in mu-law, and six times as long', () => {
    const mulaw = toneVoice('Good morning to everybody');
    const pcm = fromMulaw(mulaw, 'audio/pcm');
    expect(pcm).toHaveLength(mulaw.length * 6);
    const decibels = 20 * Math.log10(levelOf(pcm, 'audio/pcm') / levelOf(mulaw, 'audio/pcmu'));
    expect(Math.abs(decibels)).toBeLessThan(0.5);
  });

  it('is silent where nothing is said', () => {
    expect(levelOf(silence(100), 'audio/pcmu')).toBe(0);
    expect(levelOf(Buffer.alloc(0), 'audio/pcm')).toBe(0);
  });
});

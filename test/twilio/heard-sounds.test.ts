import { describe, expect, it } from 'vitest';
import { toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import { type HeardSounds, HOP_MS, hearSounds } from '../../src/twilio/heard-sounds.js';
import { SOUND_KINDS, type SoundKind } from '../../src/twilio/spoken-sounds.js';
import { PlainSpeech } from '../support/plain-speech.js';

function hear(audio: Uint8Array): HeardSounds {
  const heard = hearSounds(audio);
  if (!heard) throw new Error('No speech was heard.');
  return heard;
}

function likeliest({ likely }: HeardSounds, ms: number): SoundKind | undefined {
  const from = Math.floor(ms / HOP_MS) * SOUND_KINDS.length;
  const own = likely.slice(from, from + SOUND_KINDS.length);
  return SOUND_KINDS[own.indexOf(Math.max(...own))];
}

describe('the sounds of speech', () => {
  it('are told apart', () => {
    const said: SoundKind[] = ['pause', 'hiss', 'vowel', 'sonorant', 'breath', 'vowel', 'pause', 'vowel'];
    const speech = new PlainSpeech();
    for (const kind of said) speech.say(kind, 100);
    const heard = hear(speech.audio);
    expect(heard.hops).toBe((said.length * 100) / HOP_MS);
    expect(said.map((_, i) => likeliest(heard, i * 100 + 50))).toEqual(said);
  });

  it('are told apart as well where all of it is soft', () => {
    const speech = new PlainSpeech();
    for (const kind of ['vowel', 'hiss', 'pause', 'vowel'] as const) speech.say(kind, 100);
    // Four times as soft: two segments of mu-law, which are 16 steps each, lower.
    const soft = speech.audio.map((byte) => (byte & 0x80) | Math.min(0x7f, (byte & 0x7f) + 32));
    expect([50, 150, 250].map((ms) => likeliest(hear(soft), ms))).toEqual(['vowel', 'hiss', 'pause']);
  });

  it('are not looked for in tones, in silence, or in nothing', () => {
    expect(hearSounds(toneVoice('We open at eight. Shall I book you in?'))).toBeNull();
    expect(hearSounds(Buffer.alloc(8000, 0xff))).toBeNull();
    expect(hearSounds(Buffer.alloc(0))).toBeNull();
  });
});

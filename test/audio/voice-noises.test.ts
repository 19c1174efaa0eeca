import { describe, expect, it } from 'vitest';
import { metalClanks } from '../../lab/bench/noise-metal.js';
import { chords, drumsAndBass, melody, pluckedStrings } from '../../lab/bench/noise-music.js';
import { add, atLevel, type Noise } from '../../lab/bench/noise-samples.js';
import { engine, mainsHum, pinkNoise, whiteNoise } from '../../lab/bench/noise-steady.js';
import { keypadTones, progressTones } from '../../lab/bench/noise-tones.js';
import { lineNoise, listen, toFrames } from '../../lab/bench/voice-scene.js';
import { createVoicedSpeechDetector } from '../../src/audio/vad/voice-activity.js';

/** With how often 24 seconds of it may interrupt: where a sound is much like a voice, its beginning is taken for one at times. */
const KINDS: readonly (readonly [string, Noise, number])[] = [
  ['hiss', whiteNoise, 0],
  ['rumble', pinkNoise, 0],
  ['hum', mainsHum, 0],
  ['an engine', engine, 0],
  ['keys', keypadTones, 0],
  ['the tones of the telephone network', progressTones, 0],
  ['tools that fall', metalClanks, 1],
  ['chords', chords, 0],
  ['a melody', melody, 1],
  ['drums and bass', drumsAndBass, 1],
  ['plucked strings', pluckedStrings, 1],
];

describe('the built-in detector', () => {
  it.each(KINDS)('takes %s for no caller', (_, noise, atMost) => {
    const accepted = [3, 4].flatMap((seed) => {
      // One begins with the line, one after some quiet.
      const quietSeconds = seed === 3 ? 0 : 3;
      const caller = lineNoise(12, seed);
      add(caller, atLevel(noise(12 - quietSeconds, seed), -22), quietSeconds * 8000);
      const heard = listen(createVoicedSpeechDetector, toFrames({ caller, prompt: null }));
      return heard.filter(({ type }) => type === 'accepted');
    });
    expect(accepted.length).toBeLessThanOrEqual(atMost);
  });
});

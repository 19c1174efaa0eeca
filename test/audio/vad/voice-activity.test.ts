import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../../src/audio/mulaw.js';
import { encode } from '../../../src/audio/mulaw-buffer.js';
import { EchoReference } from '../../../src/audio/vad/echo-reference.js';
import { createVoicedSpeechDetector, type SpeechEvent } from '../../../src/audio/vad/voice-activity.js';
import { dtmf } from '../../../tools/call/touch-tones.js';
import { describeVoiceActivity } from '../../contracts/voice-activity.js';
import { framesOf, type SpeechClip, speechClips } from '../../support/speech-clips.js';

describeVoiceActivity('The built-in detector', {
  create: createVoicedSpeechDetector,
  settled: async () => {},
});

type Heard = SpeechEvent & { readonly knownMs: number };

/** A call: what comes from the caller, and what the agent says meanwhile. */
function hear(caller: readonly Buffer[], agent: readonly Buffer[] = []): Heard[] {
  const heard: Heard[] = [];
  const echo = new EchoReference();
  let now = 0;
  const detector = createVoicedSpeechDetector((event) => heard.push({ ...event, knownMs: now }));
  for (const [n, frame] of caller.entries()) {
    now = (n + 1) * 20;
    const playing = agent[n];
    if (playing) echo.sent(playing, n * 20);
    detector.push(frame, n * 20, echo.loudestDbfs(now));
  }
  return heard;
}

/** The same sound, so many dB louder, so many frames later, and over another. */
function changed(frames: readonly Buffer[], db: number, laterFrames = 0, over?: readonly Buffer[]): Buffer[] {
  return Array.from({ length: frames.length + laterFrames }, (_, n) => {
    const samples = decode(frames[n - laterFrames] ?? Buffer.alloc(160, 0xff));
    const below = over?.[n] && decode(over[n] ?? Buffer.alloc(0));
    const mixed = samples.map((sample, i) => Math.round(sample * 10 ** (db / 20)) + (below?.[i] ?? 0));
    return encode(Int16Array.from(mixed, (sample) => Math.max(-32_768, Math.min(32_767, sample))));
  });
}

/** The line is known by then, in ms. */
const BEFORE = 2000;
const accepted = (heard: readonly Heard[]) => heard.filter(({ type }) => type === 'accepted');
let clips: readonly SpeechClip[];
let prompt: readonly Buffer[];

beforeAll(async () => {
  clips = await speechClips();
  const reader = await framesOf('sp_c_male_reader.wav');
  prompt = [...reader, ...reader, ...reader];
});

describe('a caller who speaks while the agent does', () => {
  it.each([-20, -32])('is found within 300 ms at %i dBFS, on a quiet line', (dbfs) => {
    for (const clip of clips) {
      const [found] = accepted(hear(changed(clip.frames, dbfs - clip.levelDbfs, BEFORE / 20), prompt));
      expect(found?.knownMs).toBeGreaterThan(BEFORE + clip.onsetMs);
      expect(found?.knownMs).toBeLessThanOrEqual(BEFORE + clip.onsetMs + 300);
    }
  });

  it('is found as soon when they interrupt again and again', () => {
    const [clip] = clips;
    const words = clip ? changed(clip.frames.slice(0, clip.offsetMs / 20), -20 - clip.levelDbfs) : [];
    // The agent falls silent half a second after the caller began, and goes on a second after the clip.
    const turn = words.length + 50;
    const caller = Array.from({ length: 4 * turn }, (_, n) => words[n % turn] ?? Buffer.alloc(160, 0xff));
    const silentFrom = ((clip?.onsetMs ?? 0) + 500) / 20;
    const agent = prompt.concat(prompt).map((frame, n) => (n % turn > silentFrom ? Buffer.alloc(0) : frame));
    const found = accepted(hear(caller, agent)).map(
      ({ knownMs }) => (knownMs % (turn * 20)) - (clip?.onsetMs ?? 0),
    );
    expect(found).toHaveLength(4);
    expect(Math.max(...found)).toBeLessThanOrEqual(300);
  });

  it('is found through the noise of the shop', async () => {
    const shop = await framesOf('nz_b_shop_rumble.wav');
    const quiet = changed(shop, -12);
    for (const clip of clips) {
      const found = accepted(hear(changed(clip.frames, 0, 0, quiet), prompt))[0];
      expect(found?.knownMs).toBeLessThanOrEqual(clip.onsetMs + 320);
    }
  });

  it('speaks until half a second after the last voiced sound', () => {
    const [clip] = clips;
    const heard = hear([
      ...(clip?.frames ?? []),
      ...Array.from({ length: 60 }, () => Buffer.alloc(160, 0xff)),
    ]);
    const ended = heard.filter(({ type }) => type === 'ended').at(-1);
    expect(Math.abs((ended?.atMs ?? 0) - (clip?.offsetMs ?? 0))).toBeLessThanOrEqual(300);
    expect((ended?.knownMs ?? 0) - (ended?.atMs ?? 0)).toBeGreaterThanOrEqual(500);
    expect((ended?.knownMs ?? 0) - (ended?.atMs ?? 0)).toBeLessThanOrEqual(540);
  });
});

describe('what is no caller', () => {
  it.each([-20, -15, -14])("is not the agent's own echo at %i dB, whatever its delay", (db) => {
    for (const laterFrames of [3, 7, 13, 25])
      expect(accepted(hear(changed(prompt, db, laterFrames), prompt))).toEqual([]);
  });

  it('is no key, loud or soft, short or long', () => {
    for (const key of '1234567890*#') {
      for (const ms of [60, 100, 300]) {
        const tone = dtmf(key, ms);
        const frames = Array.from({ length: Math.ceil(tone.length / 160) }, (_, n) =>
          Buffer.concat([tone.subarray(n * 160, n * 160 + 160), Buffer.alloc(160, 0xff)], 160),
        );
        const quiet = Array.from({ length: 30 }, () => Buffer.alloc(160, 0xff));
        expect(accepted(hear([...quiet, ...frames, ...quiet, ...changed(frames, -12), ...quiet]))).toEqual(
          [],
        );
      }
    }
  });

  it('is no struck metal: loudest at once, then ringing away at one pitch', () => {
    for (const hertz of [180, 240, 330, 450, 620]) {
      const clank = Int16Array.from({ length: 8000 }, (_, i) => {
        const ring = [1, 2.76, 5.4].reduce(
          (sum, n) => sum + Math.sin((2 * Math.PI * hertz * n * i) / 8000) / n,
          0,
        );
        return 9000 * ring * Math.exp(-i / 1600);
      });
      const audio = encode(clank);
      const frames = Array.from({ length: 50 }, (_, n) => audio.subarray(n * 160, n * 160 + 160));
      const quiet = Array.from({ length: 30 }, () => Buffer.alloc(160, 0xff));
      expect(accepted(hear([...quiet, ...frames, ...quiet, ...frames]))).toEqual([]);
    }
  });
});

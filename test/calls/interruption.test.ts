import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { type FakeStream, PhoneHouse, settle } from '../support/phone-house.js';
import { framesOf, type SpeechClip, speechClips } from '../support/speech-clips.js';

const PROMPT_TEXT = Array.from({ length: 200 }, (_, n) => `w${n + 100}`).join(' ');
let clips: readonly SpeechClip[];
let prompt: SpokenPiece;
let house: PhoneHouse;
let stream: FakeStream;

// What the agent says is speech too: somebody reads aloud, again and again.
beforeAll(async () => {
  clips = await speechClips();
  const reader = await framesOf('sp_c_male_reader.wav');
  const audio = Buffer.concat([...reader, ...reader, ...reader, ...reader]);
  prompt = { text: PROMPT_TEXT, audio };
});
beforeEach(async () => {
  vi.useFakeTimers();
  house = new PhoneHouse();
  house.script = { turnDetection: 'local', onStart: (agent) => void agent.control.say([prompt]) };
  stream = await house.call();
});
afterEach(async () => {
  await house.memory.close();
  vi.useRealTimers();
});

const cleared = () => stream.events.includes('clear');

/** Plays frames into the call until the agent is cut off. Returns how many ms of them it took; null when it was not. */
async function playUntilCleared(frames: readonly Buffer<ArrayBuffer>[]): Promise<number | null> {
  for (const [n, frame] of frames.entries()) {
    await stream.pass(20, frame);
    if (cleared()) return (n + 1) * 20;
  }
  return null;
}

describe('the agent that speaks', () => {
  it.each([0, 1, 2, 3])('is cut off within 300 ms of the first sound of speech (clip %i)', async (which) => {
    const clip = clips[which];
    if (!clip) throw new Error('There is no such clip.');
    const tookMs = await playUntilCleared(clip.frames);
    expect(tookMs).toBeGreaterThan(clip.onsetMs - 15);
    expect(tookMs).toBeLessThanOrEqual(clip.onsetMs + 300);
    const { conversation_history, interruptions } = house.agent.control.session.data;
    expect(interruptions).toBe(1);
    const heardMs = (tookMs ?? 0) - 20;
    const words = conversation_history[0]?.content.split(' ') ?? [];
    expect(words).toHaveLength(Math.floor((200 * heardMs * 8) / prompt.audio.length));
    expect(conversation_history[0]).toMatchObject({ role: 'assistant', interrupted: true });
  });

  it.each(['nz_a_impact_wrench.wav', 'nz_c_dtmf.wav', 'nz_b_shop_rumble.wav'])(
    'goes on speaking through the noise of a shop and of keys (%s)',
    async (file) => {
      expect(await playUntilCleared(await framesOf(file))).toBeNull();
      expect(house.agent.events).toEqual(['start false']);
    },
  );

  it('goes on speaking through its own echo, 20 dB softer', async () => {
    const echo = encode(decode(prompt.audio).map((sample) => Math.round(sample / 10)));
    const frames = Array.from({ length: 900 }, (_, n) =>
      Buffer.from(echo.subarray(Math.max(0, n - 6) * 160, Math.max(0, n - 6) * 160 + 160)),
    );
    expect(await playUntilCleared(frames)).toBeNull();
  });

  it('is cut off by a key in the turn in which the key comes', async () => {
    await stream.pass(1000);
    stream.press('5');
    expect(stream.events.at(-1)).toBe('clear');
    await settle(1000);
    expect(stream.events.at(-1)).toBe('clear');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpeechEvent, VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import { runs } from '../support/property-runs.js';
import { framesOf, speechClips } from '../support/speech-clips.js';

const QUIET = Buffer.alloc(160, 0xff);
const NOTHING_PLAYS = Number.NEGATIVE_INFINITY;

export interface DetectorSubject {
  readonly create: VoiceActivityFactory;
  /** Settles when all that was pushed has been judged. */
  readonly settled: () => Promise<void>;
}

/** What every detector of the caller's speech does. */
export function describeVoiceActivity(name: string, { create, settled }: DetectorSubject): void {
  const listen = async (frames: readonly Uint8Array[], playing = NOTHING_PLAYS): Promise<SpeechEvent[]> => {
    const events: SpeechEvent[] = [];
    const detector = create((event) => events.push(event));
    for (const [n, frame] of frames.entries()) {
      detector.push(frame, n * 20, playing);
      await settled();
    }
    return events;
  };

  describe(`${name} as a detector of speech`, () => {
    it.each([0, 1, 2, 3])('finds the beginning and the end of what is said (clip %i)', async (which) => {
      const clip = (await speechClips())[which];
      if (!clip) throw new Error('There is no such clip.');
      const events = await listen([...clip.frames, ...Array.from({ length: 60 }, () => QUIET)]);
      const accepted = events.filter(({ type }) => type === 'accepted');
      const ended = events.filter(({ type }) => type === 'ended');
      expect(accepted).toHaveLength(ended.length);
      expect(accepted[0]?.atMs).toBeGreaterThanOrEqual(clip.onsetMs - 60);
      expect(accepted[0]?.atMs).toBeLessThanOrEqual(clip.onsetMs + 250);
      expect(ended.at(-1)?.atMs).toBeLessThanOrEqual(clip.offsetMs + 250);
    });

    it('finds nothing in silence, nor in the noise of a shop and of keys', async () => {
      const kinds = ['nz_a_impact_wrench.wav', 'nz_b_shop_rumble.wav', 'nz_c_dtmf.wav'];
      const noises = await Promise.all(kinds.map(framesOf));
      for (const frames of [...noises, Array.from({ length: 500 }, () => QUIET)])
        expect((await listen(frames)).filter(({ type }) => type === 'accepted')).toEqual([]);
    });

    it('tells of speech in order, one after the other, whatever comes', async () => {
      const [clip] = await speechClips();
      const spoken = clip?.frames.slice(clip.onsetMs / 20, clip.offsetMs / 20) ?? [];
      const piece = fc.oneof(
        {
          weight: 3,
          arbitrary: fc.nat({ max: Math.max(0, spoken.length - 1) }).map((n) => spoken[n] ?? QUIET),
        },
        { weight: 1, arbitrary: fc.constant(QUIET) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
      );
      const step = fc.tuple(piece, fc.constantFrom(20, 20, 20, 20, 0, 60, 5000, -30_000), fc.double());
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
          const told: SpeechEvent['type'][] = [];
          const detector = create(({ type, atMs }) => {
            expect(Number.isFinite(atMs)).toBe(true);
            told.push(type);
          });
          let at = 0;
          for (const [frame, passed, playing] of steps) {
            detector.push(frame, at, playing);
            await settled();
            at += passed;
          }
          expect(isOrderly(told)).toBe(true);
        }),
        { numRuns: runs(60) },
      );
    });

    it('keeps nothing of a frame that it was given', async () => {
      const clip = (await speechClips())[1];
      const frames = clip?.frames ?? [];
      const frame = Buffer.alloc(160);
      const events: SpeechEvent[] = [];
      const detector = create((event) => events.push(event));
      for (const [n, each] of frames.entries()) {
        each.copy(frame);
        detector.push(frame, n * 20, NOTHING_PLAYS);
        await settled();
        frame.fill(0);
      }
      expect(events).toEqual(await listen(frames));
    });
  });
}

/** `accepted` and `ended` by turns, a `candidate` only in between, `rejected` only after a candidate. */
function isOrderly(types: readonly SpeechEvent['type'][]): boolean {
  let state = 'quiet';
  for (const type of types) {
    const next = NEXT[`${state} ${type}`];
    if (next === undefined) return false;
    state = next;
  }
  return true;
}

const NEXT: Readonly<Record<string, string>> = {
  'quiet candidate': 'candidate',
  'quiet accepted': 'speaking',
  'candidate accepted': 'speaking',
  'candidate rejected': 'quiet',
  'speaking ended': 'quiet',
};

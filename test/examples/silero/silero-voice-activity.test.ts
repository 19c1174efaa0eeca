import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SileroModel } from '../../../examples/silero/silero-model.js';
import { createSileroDetectors } from '../../../examples/silero/silero-voice-activity.js';
import { MULAW_LEVELS } from '../../../src/audio/mulaw.js';
import type { SpeechEvent } from '../../../src/audio/vad/voice-activity.js';
import { dtmf } from '../../../tools/call/touch-tones.js';
import { runs } from '../../support/property-runs.js';
import { detectorOver, hiss, LOUD, NOTHING_PLAYS, times } from '../../support/silero-detector.js';

const SPEECH = 0.9;
const NO_SPEECH = 0.1;

/** A model that says this of one window after the other, and then no speech. */
function saying(...probabilities: number[]): SileroModel['run'] {
  let n = 0;
  return async (_, state) => ({ probability: probabilities[n++] ?? NO_SPEECH, state });
}

describe('windows for the model', () => {
  it('hold every sample once, in order, after the 32 samples before them, however the audio is cut', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 0, maxLength: 700 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(pieces, async (frames) => {
        const windows: Float32Array[] = [];
        const { hear } = detectorOver(async (samples, state) => {
          windows.push(samples);
          return { probability: 0, state };
        });
        await hear(frames);
        const heard = frames.flatMap((frame) => [...frame].map((byte) => MULAW_LEVELS[byte] ?? 0));
        expect(windows.length).toBe(Math.floor(heard.length / 256));
        const padded = [...times(32, 0), ...heard];
        windows.forEach((window, n) => {
          expect([...window]).toEqual(padded.slice(n * 256, n * 256 + 288));
        });
      }),
      { numRuns: runs(30) },
    );
  });

  it('are run one at a time, in order, each with the state of the one before', async () => {
    const states: number[] = [];
    const { hear, detector, idle, mostRunning } = detectorOver(async (_, state) => {
      states.push(state[0] ?? Number.NaN);
      await turn();
      return { probability: 0, state: state.map((value) => value + 1) };
    });
    await hear(times(8, LOUD));
    for (let n = 8; n < 16; n++) detector.push(LOUD, n * 20, NOTHING_PLAYS);
    await idle();
    expect(mostRunning()).toBe(1);
    expect(states).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('what the model says becomes events', () => {
  it('two windows in a row are speech, which ends after half a second without any', async () => {
    const { hear, told } = detectorOver(saying(NO_SPEECH, SPEECH, SPEECH, SPEECH));
    await hear(times(31, LOUD));
    expect(told()).toEqual(['candidate 32', 'accepted 32']);
    await hear(times(2, LOUD));
    expect(told()).toEqual(['candidate 32', 'accepted 32', 'ended 128']);
  });

  it('one window is a candidate that is rejected', async () => {
    const { hear, told } = detectorOver(saying(NO_SPEECH, SPEECH, NO_SPEECH, SPEECH));
    await hear(times(10, LOUD));
    expect(told()).toEqual(['candidate 32', 'rejected 32', 'candidate 96', 'rejected 96']);
  });

  it('a pause within speech ends nothing', async () => {
    const { hear, told } = detectorOver(saying(SPEECH, SPEECH, ...times(14, NO_SPEECH), SPEECH));
    await hear(times(40, LOUD));
    expect(told()).toEqual(['candidate 0', 'accepted 0']);
  });

  it('times are those of the stream', async () => {
    const { detector, idle, told } = detectorOver(saying(SPEECH, SPEECH));
    for (let n = 0; n < 4; n++) {
      detector.push(LOUD, 5155 + n * 20, NOTHING_PLAYS);
      await idle();
    }
    expect(told()).toEqual(['candidate 5155', 'accepted 5155']);
  });

  it('a hole in the media time ends speech where it was last heard', async () => {
    const { detector, idle, told } = detectorOver(saying(SPEECH, SPEECH, SPEECH, SPEECH));
    for (const [n, timestampMs] of [0, 20, 40, 60, 5000, 5020].entries()) {
      detector.push(LOUD, timestampMs, NOTHING_PLAYS);
      await idle();
      if (n === 3) expect(told()).toEqual(['candidate 0', 'accepted 0']);
    }
    expect(told().slice(0, 3)).toEqual(['candidate 0', 'accepted 0', 'ended 64']);
  });

  it.each([
    ['a line too soft for anybody', times(50, hiss(-55)), NOTHING_PLAYS],
    ['touch tones', cut(dtmf('5', 1000)), NOTHING_PLAYS],
    ['what may be our own echo', times(50, hiss(-38)), -18],
  ])('%s is no speech, whatever the model says', async (_, frames, playingDbfs) => {
    const { hear, told } = detectorOver(async (_samples, state) => ({ probability: 1, state }));
    await hear(frames, playingDbfs);
    expect(told()).toEqual([]);
  });

  it('a caller louder than our echo is heard over it', async () => {
    const { hear, told } = detectorOver(async (_, state) => ({ probability: 1, state }));
    await hear(times(6, LOUD), -18);
    expect(told()).toEqual(['candidate 0', 'accepted 0']);
  });

  it('whatever happens, they come in their order and in time', async () => {
    const step = fc.record({
      probability: fc.oneof(fc.constantFrom(0, 1, 1, Number.NaN), fc.double({ min: 0, max: 1 })),
      fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      dbfs: fc.constantFrom(-60, -30, -15),
      playingDbfs: fc.constantFrom(NOTHING_PLAYS, -40, -18),
      gapMs: fc.constantFrom(0, 0, 0, 0, 20, 700, -40, -60_000),
      judgedBeforeNext: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 200 }), async (steps) => {
        let n = 0;
        const { detector, events, idle, mostRunning } = detectorOver(async (_, state) => {
          const { probability, fails } = steps[n++ % steps.length] ?? { probability: 0, fails: true };
          await turn();
          if (fails) throw new Error('no run');
          return { probability, state };
        });
        let nowMs = 0;
        for (const { dbfs, playingDbfs, gapMs, judgedBeforeNext } of steps) {
          nowMs += 20 + gapMs;
          detector.push(hiss(dbfs), nowMs, playingDbfs);
          if (judgedBeforeNext) await idle();
        }
        await idle();
        expect(mostRunning()).toBeLessThanOrEqual(1);
        expectInOrder(events);
      }),
      { numRuns: runs(50) },
    );
  });
});

/** candidate, then rejected or accepted and ended; one after the other. */
function expectInOrder(events: readonly SpeechEvent[]): void {
  const types = events.map(({ type }) => type).join(' ');
  expect(`${types} `).toMatch(
    /^ ?(candidate rejected |candidate accepted ended )*(candidate )?(candidate accepted )?$/,
  );
  events.forEach(({ type, atMs }, n) => {
    const before = events[n - 1];
    if (type === 'accepted' || type === 'rejected') expect(atMs).toBe(before?.atMs);
    if (type === 'ended') expect(atMs).toBeGreaterThanOrEqual(before?.atMs ?? Number.NaN);
  });
}

function cut(audio: Buffer): Buffer[] {
  return Array.from({ length: audio.length / 160 }, (_, n) => audio.subarray(n * 160, (n + 1) * 160));
}

describe('a model in trouble', () => {
  it('ends the speech when its runs fail, says so once, and is asked again', async () => {
    let fails = false;
    const { hear, told, faults } = detectorOver(async (_, state) => {
      if (fails) throw new Error('no run');
      return { probability: 1, state };
    });
    await hear(times(8, LOUD));
    fails = true;
    await hear(times(32, LOUD));
    expect(told()).toEqual(['candidate 0', 'accepted 0', 'ended 160']);
    expect(faults).toEqual([new Error('no run')]);
    fails = false;
    await hear(times(8, LOUD));
    expect(told().slice(3)).toEqual(['candidate 800', 'accepted 800']);
  });

  it('begins anew with an empty state after a failed run', async () => {
    const states: number[] = [];
    const { hear } = detectorOver(async (_, state) => {
      states.push(state[0] ?? Number.NaN);
      if (states.length === 3) throw new Error('no run');
      return { probability: 0, state: state.map((value) => value + 1) };
    });
    await hear(times(8, LOUD));
    expect(states).toEqual([0, 1, 2, 0, 1]);
  });

  it('that throws at once throws nothing into the call', () => {
    const { detector } = detectorOver(() => {
      throw new Error('no run');
    });
    for (let n = 0; n < 100; n++) detector.push(LOUD, n * 20, NOTHING_PLAYS);
  });

  it('that never answers holds no more than half a second of audio, and ends the speech', async () => {
    let answer = () => {};
    let runs = 0;
    const { hear, detector, events, told, idle, mostRunning } = detectorOver(async (_, state) => {
      runs += 1;
      if (runs === 6) await new Promise<void>((resolve) => (answer = resolve));
      return { probability: 1, state };
    });
    await hear(times(8, LOUD));
    expect(told()).toEqual(['candidate 0', 'accepted 0']);
    for (let n = 8; n < 1000; n++) detector.push(LOUD, n * 20, NOTHING_PLAYS);
    expect(runs).toBe(6);
    expect(told()).toEqual(['candidate 0', 'accepted 0', 'ended 160']);
    answer();
    await idle();
    expect(mostRunning()).toBe(1);
    expect(runs).toBeLessThanOrEqual(6 + 15);
    expect(events[3]?.atMs).toBeGreaterThanOrEqual(20_000 - 512 - 32);
  });

  it('and a listener that throws are reported, not thrown', async () => {
    const faults: unknown[] = [];
    const model: SileroModel = { run: async (_, state) => ({ probability: 1, state }) };
    const create = createSileroDetectors(model, (fault) => {
      faults.push(fault);
      throw new Error('nor does this go anywhere');
    });
    const detector = create(() => {
      throw new Error('from the listener');
    });
    for (let n = 0; n < 10; n++) detector.push(LOUD, n * 20, NOTHING_PLAYS);
    await turn();
    expect(faults).toEqual([new Error('from the listener')]);
  });

  it('of one call is no matter of another', async () => {
    const create = createSileroDetectors({
      run: async (samples, state) => {
        if (samples.at(-1) === 0) throw new Error('no run');
        return { probability: 1, state };
      },
    });
    const events: string[] = [];
    const well = create(({ type }) => events.push(`well ${type}`));
    const failing = create(({ type }) => events.push(`failing ${type}`));
    for (let n = 0; n < 4; n++) {
      well.push(LOUD, n * 20, NOTHING_PLAYS);
      failing.push(Buffer.alloc(160, 0xff), n * 20, NOTHING_PLAYS);
      await turn();
    }
    expect(events).toEqual(['well candidate', 'well accepted']);
  });
});

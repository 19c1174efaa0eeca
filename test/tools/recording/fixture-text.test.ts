import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureText } from '../../../tools/recording/fixture-text.js';
import { atMediaTime, foldedFrames, unfoldedFrames } from '../../../tools/recording/frame-runs.js';
import { parseCall } from '../../../tools/recording/recording.js';
import { saidUtterances } from '../../../tools/recording/said-utterances.js';
import { recordedStream, recordedStreamText } from '../../support/recorded-stream.js';
import { StreamMessages } from '../../support/stream-messages.js';

describe('a fixture', () => {
  it('holds no audio of the agent, says the same of every utterance, and is the same when it is made again', () => {
    const text = fixtureText([recordedStream()]);
    expect(recordedStreamText()).toContain(Buffer.alloc(300, 0x20).toString('base64'));
    expect(text).not.toContain(Buffer.alloc(300, 0x20).toString('base64'));
    const again = parseCall(text);
    const heard = (streams: typeof again) =>
      saidUtterances(streams[0]?.lines ?? []).map(({ bytes, prints, mark, ended }) => ({
        bytes,
        prints,
        mark,
        ended,
      }));
    expect(heard(again)).toEqual(heard([recordedStream()]));
    expect(fixtureText(again)).toBe(text);
  });

  it('holds the streams of a call one behind the other', () => {
    const twice = fixtureText([recordedStream(), recordedStream()]);
    expect(parseCall(twice)).toHaveLength(2);
    expect(fixtureText(parseCall(twice))).toBe(twice);
  });
});

describe('frames of silence', () => {
  const messages = new StreamMessages();
  const frame = (n: number, t: number, byte = 0xff) => ({
    t,
    in: {
      ...messages.media(Buffer.alloc(160, byte), 60 + n * 20),
      sequenceNumber: String(n + 2),
    },
  });

  it('are folded and unfolded to the same', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (loud) => {
        const frames = loud.map((isLoud, n) => {
          const { in: message, t } = frame(n, 60 + n * 20, isLoud ? 0x20 + (n % 7) : 0xff);
          return { t, in: { ...message, media: { ...message.media, chunk: String(n + 1) } } };
        });
        const unfolded = foldedFrames(frames).flatMap((run) =>
          'times' in run ? unfoldedFrames(run, run.times) : [run],
        );
        expect(unfolded).toEqual(frames);
      }),
    );
  });

  it('come at their own time, not when a busy machine got them', () => {
    const late = [0, 1, 2, 3, 4].map((n) => frame(n, n < 3 ? 300 : 70 + n * 20));
    expect(atMediaTime(late, 0).map(({ t }) => t)).toEqual([70, 90, 110, 130, 150]);
  });

  it('stay where their timestamp makes no sense', () => {
    const wrong = { t: 80, in: messages.media(Buffer.alloc(160), 9_000_000) };
    expect(atMediaTime([frame(0, 70), frame(1, 90), wrong], 0)).toContainEqual(wrong);
  });
});

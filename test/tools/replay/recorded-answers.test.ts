import { describe, expect, it } from 'vitest';
import { parseRecording } from '../../../tools/recording/recording.js';
import { RecordedAnswers } from '../../../tools/replay/recorded-answers.js';
import { recordedStreamText } from '../../support/recorded-stream.js';

interface Desk {
  readonly mayAsk: boolean;
  open(query: { service: string }): Promise<string[]>;
  hold(time: string): Promise<boolean>;
  release(): Promise<void>;
}

function deskOf(...asked: object[]): Desk {
  const [header = ''] = recordedStreamText().split('\n');
  const lines = asked.map((note) => JSON.stringify({ t: 1, note: 'asked', took_ms: 0, ...note }));
  return new RecordedAnswers([parseRecording([header, ...lines, ''].join('\n'))]).as<Desk>();
}

describe('RecordedAnswers', () => {
  it('gives the same question the same answers in their order, and the last one again', async () => {
    const desk = deskOf(
      { what: 'hold', with: ['9:00'], gave: false },
      { what: 'hold', with: ['9:00'], gave: true },
      { what: 'hold', with: ['9:30'], failed: 'CONFLICT' },
    );
    expect(await desk.hold('9:00')).toBe(false);
    await expect(desk.hold('9:30')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await desk.hold('9:00')).toBe(true);
    expect(await desk.hold('9:00')).toBe(true);
  });

  it('answers a new question as the last of its kind, and gives none where nothing of the kind was asked', async () => {
    const desk = deskOf(
      { what: 'open', with: [{ service: 'brakes' }], gave: ['9:00'] },
      { what: 'mayAsk', gave: true, took_ms: null },
    );
    expect(await desk.open({ service: 'tires' })).toEqual(['9:00']);
    expect(desk.mayAsk).toBe(true);
    expect(await Promise.race([desk.release().then(() => 'answered'), Promise.resolve('no answer')])).toBe(
      'no answer',
    );
  });

  it('is no promise itself, so that it can be handed on', async () => {
    const desk = deskOf({ what: 'hold', with: ['9:00'], gave: true });
    expect(await Promise.resolve(desk)).toBe(desk);
  });
});

import { describe, expect, it } from 'vitest';
import { inspectText } from '../../../tools/inspect/inspect-text.js';
import { timelineOf } from '../../../tools/inspect/timeline.js';
import { recordedStream, talkingStream } from '../../support/recorded-stream.js';

describe('inspectText', () => {
  it('tells a call event by event, audio summed up, and its figures', () => {
    expect(inspectText(timelineOf(recordedStream()), 0, 18_000)).toEqual([
      'Call CA00000000000000000000000000000001, recorded 2026-11-23T19:31:05.123Z',
      '18.0 s; the caller hung up.',
      '',
      '    0.00 s  caller   audio 0.0–17.8 s (890 frames)',
      '    0.01 s  stream   starts',
      '    0.01 s  state    greeting',
      '    0.01 s  agent    audio 0.0–2.1 s (1 message)',
      '    2.00 s  caller   speaks for 1.00 s, found 80 ms after its onset',
      '    2.08 s  clear    what waits is dropped',
      '    2.08 s  agent    cut off by a voice, 2072 ms were heard',
      '    3.51 s  state    collecting_info',
      '    3.51 s  agent    audio 3.5–4.5 s (1 message)',
      '    4.53 s  mark     utterance-2 back, 15 ms after its audio',
      '    5.00 s  agent    audio 5.0–9.0 s (1 message)',
      '    9.00 s  caller   presses 7',
      '    9.00 s  clear    what waits is dropped',
      '    9.00 s  agent    cut off by a key, 4000 ms were heard',
      '   16.00 s  caller   no speech, rejected 200 ms after its onset',
      '   18.00 s  stream   over: the caller hung up',
      '',
      'start to first audio: 3.0 ms',
      'onset of speech to clear: 80 ms',
      'end of speech to first audio: 510 ms',
      'key to clear: 0.0 ms',
      'end of audio to its mark: 15 ms',
      'marks: 1 sent, 1 back',
    ]);
  });

  it('tells what both sides say, and which functions a voice model called', () => {
    const timeline = timelineOf(talkingStream());
    const lines = inspectText(timeline, 0, 18_000).filter((line) => /“|tool/.test(line));
    expect(lines).toEqual([
      '    0.01 s  agent    says “Good morning.”',
      '    2.00 s  caller   is understood: “Are you open today?”',
      '    3.40 s  tool     find_open_times: done',
      '    3.51 s  agent    says “From nine.”',
    ]);
  });

  it('shows a part, and says what a recording lacks', () => {
    const recording = recordedStream();
    const part = inspectText(timelineOf(recording), 4000, 5000);
    expect(part.filter((line) => /^ +\d/.test(line))).toEqual([
      '    4.53 s  mark     utterance-2 back, 15 ms after its audio',
      '    5.00 s  agent    audio 5.0–9.0 s (1 message)',
    ]);
    const { header } = recording;
    const cut = timelineOf({
      header: { ...header, hop: 2, voice: 'replaced' },
      lines: [{ t: 1, in_text: '' }],
      cut: true,
    });
    expect(inspectText(cut, 0, 1).slice(0, 4)).toEqual([
      'Call that never started, picked up again (2), recorded 2026-11-23T19:31:05.123Z',
      '0.0 s; the recording breaks off.',
      "The caller's voice is replaced by noise.",
      '1 message without a meaning to us.',
    ]);
  });
});

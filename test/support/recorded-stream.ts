import { parseRecording, type Recording } from '../../tools/recording/recording.js';
import { StreamMessages } from './stream-messages.js';

/**
 * A stream of 18 s as a recording: a greeting cut off by speech at 2.08 s, an answer whose mark comes back, one cut off by
 * the key 7, a candidate that was none; the caller hangs up.
 */
export function recordedStreamText(): string {
  const messages = new StreamMessages();
  const said = (ms: number) => ({
    out: {
      event: 'media',
      streamSid: messages.streamSid,
      media: { payload: Buffer.alloc(ms * 8, 0x20).toString('base64') },
    },
  });
  const mark = (name: string) => ({ out: { event: 'mark', streamSid: messages.streamSid, mark: { name } } });
  const clear = { out: { event: 'clear', streamSid: messages.streamSid } };
  const session = (state: string, speaking: boolean) => ({ note: 'session', state, speaking });
  const speech = (what: string, at_ms: number) => ({ note: 'speech', what, at_ms });
  const lines: [number, object][] = [
    [5, { in: messages.start() }],
    [6, session('greeting', true)],
    [8, said(4000)],
    [2080, speech('accepted', 2000)],
    [2080, clear],
    [2080, session('greeting', false)],
    [2080, { note: 'interrupted', by: 'speech', heard_ms: 2072 }],
    [3500, speech('ended', 3000)],
    [3510, session('collecting_info', true)],
    [3510, said(1000)],
    [3511, mark('utterance-2')],
    [4525, { in: messages.mark('utterance-2') }],
    [4525, session('collecting_info', false)],
    [5000, said(9000)],
    [9000, { in: messages.dtmf('7') }],
    [9000, clear],
    [9001, { note: 'interrupted', by: 'key', heard_ms: 4000 }],
    [16_100, speech('candidate', 16_000)],
    [16_200, speech('rejected', 16_000)],
    [18_000, { end: 'stopped' }],
  ];
  const frames = Array.from({ length: 890 }, (_, n): [number, object] => [
    n * 20 + 20,
    { in: messages.media(Buffer.alloc(160, n > 100 && n < 150 ? 0x30 : 0xff), n * 20) },
  ]);
  const all = [...lines.slice(0, -1), ...frames].sort(([a], [b]) => a - b).concat(lines.slice(-1));
  const header = {
    format: 'bayline-stream',
    version: 1,
    recorded_at: '2026-11-23T19:31:05.123Z',
    hop: 0,
    form: null,
    twiml: null,
    voice: 'kept',
  };
  return [header, ...all.map(([t, what]) => ({ t, ...what }))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

/** The same, and what was said in it. */
export function talkingStream(): Recording {
  const recording = recordedStream();
  const words = (t: number, text: string) => ({ t, note: 'words' as const, text, bytes: 4000 });
  const turn = (role: string, content: string, s: number) => ({
    role,
    content,
    timestamp: new Date(Date.parse(recording.header.recorded_at) + s * 1000).toISOString(),
  });
  const transcript = [
    turn('assistant', 'Good', 0),
    turn('user', 'Are you open today?', 2),
    turn('function', 'find_open_times: done', 3.4),
    turn('assistant', 'From nine.', 3.5),
    turn('user', 'pressed 7', 9),
  ];
  const said = [words(7, 'Good morning.'), words(3509, 'From nine.')];
  const lines = [...recording.lines, ...said].sort((a, b) => a.t - b.t);
  return { ...recording, lines: [...lines, { t: 18_000, row: { transcript } }] };
}

export function recordedStream(): Recording {
  return parseRecording(recordedStreamText());
}

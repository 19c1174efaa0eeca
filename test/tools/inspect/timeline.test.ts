import { describe, expect, it } from 'vitest';
import { envelopeOf, runsOf } from '../../../tools/inspect/placed-audio.js';
import { timelineOf } from '../../../tools/inspect/timeline.js';
import { parseRecording } from '../../../tools/recording/recording.js';
import { StreamMessages } from '../../support/stream-messages.js';

const messages = new StreamMessages();
const HEADER = {
  format: 'bayline-stream',
  version: 1,
  recorded_at: '2026-11-23T19:31:05.123Z',
  hop: 0,
  form: null,
  twiml: null,
  voice: 'kept',
};
const LOUD = Buffer.alloc(160, 0x00);

const heard = (t: number, timestampMs: number) => ({ t, in: messages.media(LOUD, timestampMs) });
const said = (t: number, ms: number) => ({
  t,
  out: { event: 'media', streamSid: 'MZ', media: { payload: Buffer.alloc(ms * 8, 0x10).toString('base64') } },
});
const mark = (t: number, name: string) => ({ t, out: { event: 'mark', streamSid: 'MZ', mark: { name } } });
const back = (t: number, name: string) => ({ t, in: messages.mark(name) });
const clear = (t: number) => ({ t, out: { event: 'clear', streamSid: 'MZ' } });
const speech = (t: number, what: string, at_ms: number) => ({ t, note: 'speech', what, at_ms });
const session = (t: number, state: string, speaking: boolean) => ({ t, note: 'session', state, speaking });

function timeline(...lines: unknown[]) {
  return timelineOf(parseRecording([HEADER, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')));
}

/** Where audio begins and how long it is, in ms. */
const places = (pieces: readonly { fromMs: number; audio: Buffer }[]) =>
  pieces.map(({ fromMs, audio }) => [fromMs, audio.length / 8]);

describe('a timeline', () => {
  it("puts the caller's frames where they were spoken, by the fastest one's way, however they were held up", () => {
    const { caller } = timeline(
      heard(130, 100),
      heard(400, 120),
      heard(400, 140),
      heard(401, 160),
      heard(406, 380),
    );
    expect(caller.shiftMs).toBe(6);
    expect(places(caller.pieces)).toEqual([
      [106, 20],
      [126, 20],
      [146, 20],
      [166, 20],
      [386, 20],
    ]);
    expect(runsOf(caller.pieces)).toEqual([
      { fromMs: 106, toMs: 186, pieces: 4 },
      { fromMs: 386, toMs: 406, pieces: 1 },
    ]);
  });

  it('plays what the agent sends at once after silence, else behind what was sent before', () => {
    const { agent, durationMs } = timeline(said(10, 100), said(20, 100), said(500, 100), {
      t: 700,
      end: 'lost',
    });
    expect(places(agent.pieces)).toEqual([
      [10, 100],
      [110, 100],
      [500, 100],
    ]);
    expect(agent.onsets).toEqual([10, 500]);
    expect(durationMs).toBe(700);
  });

  it('ends at a clear what sounds, drops what waits, and begins anew behind it', () => {
    const { agent } = timeline(said(0, 100), said(0, 100), said(0, 100), clear(150), said(150, 40));
    expect(places(agent.pieces)).toEqual([
      [0, 100],
      [100, 50],
      [150, 40],
    ]);
    expect(agent.clears).toEqual([150]);
    expect(agent.onsets).toEqual([0, 150]);
  });

  it('ends audio with the stream', () => {
    const { agent } = timeline(said(0, 100), said(0, 100), { t: 130, end: 'stopped' });
    expect(places(agent.pieces)).toEqual([
      [0, 100],
      [100, 30],
    ]);
  });

  it('knows for each mark when it was due, when it came back and whether it was cleared', () => {
    const { agent } = timeline(
      said(0, 100),
      mark(0, 'a'),
      mark(5, 'b'),
      back(112, 'a'),
      back(113, 'b'),
      said(200, 100),
      mark(200, 'c'),
      clear(250),
      back(260, 'c'),
      mark(300, 'd'),
    );
    expect(agent.marks).toEqual([
      { name: 'a', sentMs: 0, dueMs: 100, backMs: 112, cleared: false },
      { name: 'b', sentMs: 5, dueMs: 100, backMs: 113, cleared: false },
      { name: 'c', sentMs: 200, dueMs: 250, backMs: 260, cleared: true },
      { name: 'd', sentMs: 300, dueMs: 300, backMs: null, cleared: false },
    ]);
  });

  it('shows speech from its onset to its end, rejected and undecided candidates too', () => {
    const { speech: found } = timeline(
      heard(120, 100),
      speech(180, 'candidate', 140),
      speech(220, 'accepted', 140),
      speech(900, 'ended', 400),
      speech(1000, 'candidate', 980),
      speech(1100, 'rejected', 980),
      speech(1200, 'accepted', 1160),
      speech(1500, 'ended', 1300),
      speech(1600, 'candidate', 1580),
      { t: 1700, end: 'stopped' },
    );
    expect(found).toEqual([
      { verdict: 'accepted', fromMs: 140, toMs: 400, decidedMs: 220 },
      { verdict: 'rejected', fromMs: 980, toMs: 1100, decidedMs: 1100 },
      { verdict: 'accepted', fromMs: 1160, toMs: 1300, decidedMs: 1200 },
      { verdict: 'candidate', fromMs: 1580, toMs: 1700, decidedMs: 1600 },
    ]);
  });

  it('takes states and speaking from the session, each until the next', () => {
    const { states, speaking } = timeline(
      session(1, 'greeting', false),
      session(5, 'greeting', true),
      session(90, 'booking', true),
      session(95, 'booking', false),
      session(120, 'booking', true),
      { t: 200, end: 'closed' },
    );
    expect(states).toEqual([
      { name: 'greeting', fromMs: 1, toMs: 90 },
      { name: 'booking', fromMs: 90, toMs: 200 },
    ]);
    expect(speaking).toEqual([
      { fromMs: 5, toMs: 95 },
      { fromMs: 120, toMs: 200 },
    ]);
  });

  it('measures the greeting, each interruption and each answer, and no pause within an utterance', () => {
    const { latencies, interruptions, keys } = timeline(
      { t: 4, in: messages.start() },
      said(10, 1000),
      heard(20, 0),
      speech(380, 'accepted', 300),
      clear(381),
      { t: 381, note: 'interrupted', by: 'speech', heard_ms: 371 },
      speech(1200, 'ended', 700),
      said(1300, 100),
      said(1450, 100),
      { t: 1500, in: messages.dtmf('4') },
      clear(1501),
      { t: 1501, note: 'interrupted', by: 'key', heard_ms: 50 },
      said(1510, 100),
      { t: 1520, note: 'interrupted', by: 'agent', heard_ms: 10 },
    );
    expect(latencies).toEqual([
      { what: 'greeting', to: 'start', fromMs: 4, toMs: 10 },
      { what: 'cut', to: 'speech', fromMs: 300, toMs: 381 },
      { what: 'answer', to: 'speech', fromMs: 700, toMs: 1300 },
      { what: 'cut', to: 'key', fromMs: 1500, toMs: 1501 },
      { what: 'answer', to: 'key', fromMs: 1500, toMs: 1510 },
    ]);
    expect(interruptions.map(({ by, heardMs }) => [by, heardMs])).toEqual([
      ['speech', 371],
      ['key', 50],
      ['agent', 10],
    ]);
    expect(keys).toMatchObject([{ atMs: 1500, digit: '4' }]);
  });

  it('is made of anything that can be read: an empty one, odd messages, one given up or cut off', () => {
    expect(timeline()).toMatchObject({ callSid: null, startMs: null, durationMs: 0, end: null, odd: 0 });
    const odd = timeline(
      { t: 1, in: { event: 'media' } },
      { t: 2, in_text: 'x' },
      { t: 3, out: {} },
      { t: 3, truncated: true },
    );
    expect(odd).toMatchObject({ durationMs: 3, end: 'truncated', odd: 3 });
    const cut = `${JSON.stringify(HEADER)}\n${JSON.stringify(said(1, 20))}\n{"t":`;
    expect(timelineOf(parseRecording(cut))).toMatchObject({ end: 'cut', durationMs: 21 });
  });
});

describe('an envelope', () => {
  it('is loud where audio is and silent elsewhere, in peak and in RMS', () => {
    const pieces = [{ fromMs: 15, audio: Buffer.concat([LOUD, Buffer.alloc(80, 0xff)]) }];
    const { peak, rms } = envelopeOf(pieces, 0, 60, 10);
    const full = 32124 / 32768;
    expect([...peak]).toEqual([0, full, full, full, 0, 0]);
    expect(rms[1]).toBeCloseTo(full / Math.SQRT2);
    expect(rms[2]).toBeCloseTo(full);
    expect([rms[0], rms[4], rms[5]]).toEqual([0, 0, 0]);
    expect(envelopeOf(pieces, 100, 120, 10).peak).toEqual(new Float64Array(2));
  });
});

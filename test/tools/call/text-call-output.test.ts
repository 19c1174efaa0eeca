import { describe, expect, it } from 'vitest';
import { CallScreen } from '../../../packages/twilio-simulator/src/call-command/call-screen.js';
import type { GatewayCallSummary } from '../../../tools/call/call-output.js';
import { TextCallOutput } from '../../../tools/call/text-call-output.js';
import { HANGUP } from '../../support/scripted-gateway.js';

function outputWithText() {
  const lines: string[] = [];
  const write = (text: string) => lines.push(text.trimEnd());
  return { output: new TextCallOutput(new CallScreen({ write, columns: 200, colour: false })), lines };
}

const session = (history: object[], state = 'greeting', collected = {}) => ({
  callSid: 'CA1',
  state,
  speaking: false,
  intent: null,
  collected,
  history: history.map((turn) => ({
    role: 'assistant',
    content: '',
    timestamp: '',
    interrupted: false,
    ...turn,
  })),
});

const SUMMARY: GatewayCallSummary = {
  callSid: 'CA1',
  outcome: { kind: 'hangup' },
  durationMs: 41_240,
  greetingDelayMs: 87,
  gaps: { count: 0, totalMs: 0 },
  states: ['greeting', 'completed'],
  booked: { id: 3, serviceType: 'oil_change', date: '2026-11-24T09:30:00-06:00' },
  logged: {
    outcome: 'booked',
    interruptions: 2,
    latency: {
      greeting_ms: 3,
      response_ms: { count: 5, median: 12, max: 40 },
      interruption_ms: { count: 1, median: 21, max: 21 },
      mark_lag_ms: null,
    },
  },
  modelBreaches: null,
  apiProblems: [],
  protocolErrors: [],
  recording: null,
  ok: true,
};

describe('TextCallOutput', () => {
  it('shows each turn once, keys only where they were pressed, and each step of the call', () => {
    const { output, lines } = outputWithText();
    const turns = [
      { content: 'Welcome.' },
      { role: 'user', content: 'pressed 1' },
      { role: 'user', content: 'pressed a key' },
      { content: 'Which', interrupted: true },
    ];
    output.session(session(turns.slice(0, 1)), 1000);
    output.event({ kind: 'key', digit: '1', at: 1500 });
    output.session(session(turns.slice(0, 2)), 1600);
    output.session(
      session([...turns, { role: 'user', content: 'brakes' }], 'booking', { service_type: 'brakes' }),
      2000,
    );
    output.session(session(turns, 'booking', { service_type: 'brakes', vehicle_id: 2 }), 3000);
    expect(lines).toEqual([
      '  1.0 s  agent   Welcome.',
      '  1.0 s  system  state greeting',
      '  1.5 s  caller  presses 1',
      '  2.0 s  agent   Which … (interrupted)',
      '  2.0 s  caller  is understood: “brakes”',
      '  2.0 s  system  state booking · service_type brakes',
      '  3.0 s  system  vehicle_id 2',
    ]);
  });

  it('shows a turn that comes to stand before others, and words that come later, once', () => {
    const { output, lines } = outputWithText();
    const said = { role: 'user', content: '[speech]', timestamp: '2026-11-30T09:00:00Z' };
    const tool = { role: 'function', content: 'find_open_times: done', timestamp: '2026-11-30T09:00:02Z' };
    const agent = { content: 'Let me see.', timestamp: '2026-11-30T09:00:01Z' };
    output.session(session([said, tool], 'booking', { slots: [{ id: 's1' }, { id: 's2' }] }), 1000);
    output.session(session([{ ...said, content: 'An oil change' }, agent, tool], 'booking'), 2000);
    output.session(session([{ ...said, content: 'An oil change' }, agent, tool], 'booking'), 3000);
    expect(lines).toEqual([
      '  1.0 s  system  find_open_times: done',
      '  1.0 s  system  state booking',
      '  2.0 s  caller  is understood: “An oil change”',
      '  2.0 s  agent   Let me see.',
    ]);
  });

  it('tells what the TwiML said and how the stream ended', () => {
    const { output, lines } = outputWithText();
    output.event({ kind: 'twiml', document: HANGUP, at: 0 });
    output.event({
      kind: 'twiml',
      document: '<Response><Say>Hi</Say><Dial>+15555550199</Dial></Response>',
      at: 0,
    });
    output.event({ kind: 'twiml', document: '<html>', at: 0 });
    const end = {
      how: 'closed',
      error: null,
      detail: 'the gateway closed the stream with code 1000',
    } as const;
    output.event({ kind: 'stream-ended', streamSid: 'MZ1', end, unplayedMs: 120.4, at: 0 });
    output.event({ kind: 'protocol-error', code: 31950, message: 'A binary message came', at: 0 });
    expect(lines.map((line) => line.slice(9))).toEqual([
      'system  the gateway answers <Hangup>',
      'system  the gateway answers <Say>, then <Dial> +15555550199',
      expect.stringContaining('TwiML that cannot run'),
      "system  the media stream is over: the gateway closed the stream with code 1000; 120 ms of the agent's words were never heard",
      'error   A binary message came (Twilio error 31950)',
    ]);
  });

  it('sums up what came of a good call', () => {
    const { output, lines } = outputWithText();
    output.summary(SUMMARY);
    const text = lines.join('\n');
    expect(text).toContain('The call ended as the TwiML said: <Hangup>.');
    expect(text).toContain('booked      oil_change at 2026-11-24T09:30:00-06:00 (appointment 3)');
    expect(text).toContain('greeting    87 ms after');
    expect(text).toContain('protocol    no errors');
    expect(lines.filter((line) => line.includes('latency'))).toEqual([
      '  latency     from the end of speech or a key to the answer: 12 ms in the median, 40 ms at most (5)',
      '  latency     from the beginning of an interruption to silence: 21 ms',
    ]);
  });

  it('says what was wrong with a bad one', () => {
    const { output, lines } = outputWithText();
    const outcome = { kind: 'fault', reason: 'The voice webhook answered HTTP 500 (11200)' } as const;
    output.summary({
      ...SUMMARY,
      ok: false,
      outcome,
      gaps: { count: 2, totalMs: 45 },
      protocolErrors: ['a'],
      apiProblems: ['/api gave HTTP 401'],
    });
    const text = lines.join('\n');
    expect(text).toContain('The gateway broke the protocol: The voice webhook answered HTTP 500 (11200).');
    expect(text).toContain('protocol    a');
    expect(text).toContain('unknown     /api gave HTTP 401');
    expect(text).toContain("gaps        2 within the agent's words, 45 ms in all");
    expect(text).not.toContain('no errors');
  });
});

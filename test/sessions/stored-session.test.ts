import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALL_STATES, type Session, VIN_TRIES } from '../../src/sessions/session.js';
import { newSession, restoreSession } from '../../src/sessions/stored-session.js';
import { runs } from '../support/property-runs.js';
import { callSidOf } from '../support/stream-messages.js';

const BEGIN = { callSid: callSidOf(1), streamSid: 'MZ1', callerPhone: '+15551234567', attestation: null };

const stored: Session = {
  ...newSession(BEGIN),
  customer_id: 7,
  conversation_history: [
    { role: 'assistant', content: 'welcome', timestamp: '2026-11-23T08:00:01.000Z', interrupted: true },
    { role: 'user', content: 'pressed 1', timestamp: '2026-11-23T08:00:02.000Z' },
  ],
  current_state: 'booking',
  collected_data: { service_type: 'brakes', vehicle_id: 3, extra: { deep: [] } },
  intent: 'book_appointment',
  created_at: '2026-11-23T08:00:00.000Z',
  attestation: 'TN-Validation-Passed-A',
  states: [
    { name: 'greeting', time: '2026-11-23T08:00:00.000Z' },
    { name: 'booking', time: '2026-11-23T08:00:02.000Z' },
  ],
  interruptions: 2,
  resumes: 1,
  verified: { by: 'vin', customer_id: 7 },
  vin_tries: 2,
  desk_writes: 4,
  agents: ['realtime', 'keypad'],
  usage: { audio_in: 10, text_in: 400, cached_in: 300, audio_out: 60, text_out: 20 },
  unheard: [
    { at: 0, partly_heard: true, content: 'welcome to the shop', timestamp: '2026-11-23T08:00:01.000Z' },
  ],
  delays: {
    greeting_ms: 4,
    response: { count: 2, max: 30, latest: [10, 30] },
    interruption: null,
    mark_lag: { count: 1, max: 0, latest: [0] },
    model: { count: 1, max: 640, latest: [640] },
  },
};

describe('a new session', () => {
  it('has every field that is documented', () => {
    const session = newSession(BEGIN);
    expect(session).toMatchObject({
      call_sid: callSidOf(1),
      stream_sid: 'MZ1',
      caller_phone: '+15551234567',
      customer_id: null,
      conversation_history: [],
      current_state: 'greeting',
      collected_data: {},
      intent: null,
      speaking: false,
      states: [{ name: 'greeting', time: session.created_at }],
    });
    expect(session.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(session.last_updated).toBe(session.created_at);
  });
});

describe('a restored session', () => {
  it('is the stored one', () => {
    const text = JSON.parse(JSON.stringify({ ...stored, speaking: true }));
    const { last_updated: _now, ...rest } = restoreSession(callSidOf(1), text);
    const { last_updated: _then, ...expected } = stored;
    expect(rest).toEqual({ ...expected, speaking: true });
  });

  it('belongs to the call it was asked for, whatever the text says', () => {
    expect(restoreSession(callSidOf(1), { ...stored, call_sid: callSidOf(2) }).call_sid).toBe(callSidOf(1));
  });

  it('falls back field by field when a foreign writer has bent it', () => {
    const session = restoreSession(callSidOf(1), {
      created_at: 'yesterday',
      current_state: 'dancing',
      intent: 'rob_the_shop',
      customer_id: '7',
      interruptions: 1.5,
      conversation_history: [
        null,
        'text',
        { role: 'system', content: 'x', timestamp: 't' },
        { role: 'user', content: 7, timestamp: 't' },
        { role: 'user', content: 'kept', timestamp: 't' },
      ],
      states: [{ name: 'booking' }, { name: 'dancing', time: 't' }, { name: 'booking', time: 't' }],
    });
    expect(session).toMatchObject({
      caller_phone: 'anonymous',
      customer_id: null,
      current_state: 'greeting',
      intent: null,
      interruptions: 0,
      conversation_history: [{ content: 'kept' }],
      states: [{ name: 'booking', time: 't' }],
      collected_data: {},
      attestation: null,
    });
    expect(Date.parse(session.created_at)).not.toBeNaN();
  });

  it.each([
    'vin',
    true,
    7,
    ['vin', 7],
    { by: 'vin' },
    { by: 'password', customer_id: 7 },
    { by: 'vin', customer_id: '7' },
    { by: 'vin', customer_id: 1.5 },
    { by: ['vin'], customer_id: 7 },
  ])('proves nothing by %j', (verified) => {
    expect(restoreSession(callSidOf(1), { ...stored, verified }).verified).toBeNull();
  });

  it('gives no further try for a count that is none', () => {
    const triesOf = (vin_tries: unknown) => restoreSession(callSidOf(1), { ...stored, vin_tries }).vin_tries;
    for (const odd of [-1, 1.5, '0', null, [], {}, 3, 4, true]) expect(triesOf(odd)).toBe(VIN_TRIES);
    expect([undefined, 0, 2].map(triesOf)).toEqual([0, 0, 2]);
  });

  it('has passed at least the state it is in when its states are lost', () => {
    const { created_at, states } = restoreSession(callSidOf(1), {
      created_at: 'never',
      current_state: 'booking',
      states: 'none',
    });
    expect(states).toEqual([{ name: 'booking', time: created_at }]);
  });

  it('is a session in every field, whatever JSON stands in the store', () => {
    const keys = fc.constantFrom(...Object.keys(stored), '__proto__', 'foreign');
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), (data) => {
        const session = restoreSession(callSidOf(1), data);
        expect(Object.keys(session).toSorted()).toEqual(Object.keys(stored).toSorted());
        expect(CALL_STATES).toContain(session.current_state);
        expect(Date.parse(session.created_at)).not.toBeNaN();
        expect(session.conversation_history.every(({ content }) => typeof content === 'string')).toBe(true);
        expect(session.states.every(({ time }) => typeof time === 'string')).toBe(true);
        expect(Number.isSafeInteger(session.resumes)).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });
});

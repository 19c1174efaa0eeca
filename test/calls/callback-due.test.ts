import { describe, expect, it } from 'vitest';
import type { CallOutcome } from '../../src/call-log/finished-call.js';
import { callSummary } from '../../src/calls/call-summary.js';
import { callbackDue } from '../../src/calls/callback-due.js';
import type { Session } from '../../src/sessions/session.js';
import { newSession } from '../../src/sessions/stored-session.js';

const begin = newSession({
  callSid: 'CA1',
  streamSid: 'MZ1',
  callerPhone: '+15551234567',
  attestation: null,
});
const end = (outcome: CallOutcome, isDialled = false) => ({ outcome, isDialled });
const due = (change: Partial<Session>, outcome: CallOutcome, isDialled = false) =>
  callbackDue({ ...begin, ...change }, end(outcome, isDialled), 'What it was about.');
const reason = (...call: Parameters<typeof due>) => due(...call)?.reason ?? null;
const booked = { appointment_id: 7, appointment_time: '2026-03-02T09:00:00-06:00', service_type: 'brakes' };
const heard = { ...booked, appointment_confirmed: true } as const;
const verified = { by: 'vin', customer_id: 3 } as const;
const book = { intent: 'book_appointment' } as const;

describe('whom the shop is to ring after a call', () => {
  it.each<[string, Partial<Session>, CallOutcome]>([
    ['a wrong number', {}, 'hung_up'],
    ['one who never spoke and was lost', {}, 'abandoned'],
    [
      'one who said nothing until the goodbye',
      { current_state: 'completed', agents: ['keypad'] },
      'completed',
    ],
    ['one who has heard the booking', { ...book, collected_data: heard }, 'booked'],
    ['one who has heard it before the line broke for good', { ...book, collected_data: heard }, 'booked'],
    ['one who was told the hours', { intent: 'shop_info' }, 'hung_up'],
    [
      'one who has proved who calls and heard the appointments',
      { intent: 'list_appointments', verified },
      'hung_up',
    ],
    ['one who was told of the car', { intent: 'vehicle_status', verified }, 'hung_up'],
    [
      'one who has cancelled',
      { intent: 'cancel_appointment', collected_data: { appointment_change: 'cancelled' } },
      'hung_up',
    ],
    [
      'one who has heard the new time',
      {
        intent: 'move_appointment',
        collected_data: { appointment_change: 'moved', appointment_confirmed: true },
      },
      'hung_up',
    ],
    [
      'one who took leave of the voice model',
      { ...book, current_state: 'completed', agents: ['realtime'] },
      'completed',
    ],
  ])('is not %s', (_who, change, outcome) => {
    expect(due(change, outcome)).toBeNull();
  });

  it.each<[string, Partial<Session>, CallOutcome, string]>([
    ['asked for it', { collected_data: { callback_requested: true } }, 'callback_requested', 'requested'],
    [
      'wanted a person where there is none',
      { current_state: 'transferring' },
      'transferred',
      'no_person_answered',
    ],
    ['was told that nobody is free, and hung up', { intent: 'talk_to_person' }, 'hung_up', 'dropped_off'],
    [
      'has booked, and then wanted a person in vain',
      { intent: 'talk_to_person', collected_data: heard },
      'booked',
      'dropped_off',
    ],
    [
      'hung up before the booking was read to the end',
      { ...book, collected_data: booked },
      'booked',
      'unconfirmed_booking',
    ],
    [
      'hung up before the new time was read to the end',
      { intent: 'move_appointment', collected_data: { appointment_change: 'moved' } },
      'hung_up',
      'unconfirmed_booking',
    ],
    ['lost the stream too often', {}, 'failed', 'failed'],
    ['hung up while choosing', { ...book, current_state: 'booking' }, 'hung_up', 'dropped_off'],
    ['was lost while choosing', { ...book, current_state: 'booking' }, 'abandoned', 'dropped_off'],
    [
      'gave no more answer to the menu',
      { ...book, current_state: 'completed', agents: ['keypad'] },
      'completed',
      'dropped_off',
    ],
    [
      'gave no more answer to the voice model',
      { ...book, current_state: 'completed', agents: ['realtime'], collected_data: { unanswered: true } },
      'completed',
      'dropped_off',
    ],
    ['could not prove who calls', { intent: 'list_appointments' }, 'hung_up', 'dropped_off'],
    ['did not come to a new time', { intent: 'move_appointment', verified }, 'hung_up', 'dropped_off'],
  ])('is one who %s', (_who, change, outcome, expected) => {
    expect(reason(change, outcome)).toBe(expected);
  });

  it('is nobody yet while a person is being dialled, for whatever reason it may be then', () => {
    const dialled = due({ current_state: 'transferring' }, 'transferred', true);
    expect(dialled).toMatchObject({ reason: 'no_person_answered', is_dialled: true });
    expect(due({}, 'failed', true)).toMatchObject({ reason: 'no_person_answered', is_dialled: true });
    expect(due({ collected_data: heard, current_state: 'transferring' }, 'booked', true)).toMatchObject({
      reason: 'no_person_answered',
    });
    const promised = { collected_data: { callback_requested: true } } as const;
    expect(due(promised, 'callback_requested', true)).toMatchObject({
      reason: 'requested',
      is_dialled: true,
    });
  });

  it.each(['anonymous', 'client:alice', 'sip:pbx@example.com', '', '+1', '42'])(
    'is nobody who calls from %s',
    (caller_phone) => {
      const wanted = { caller_phone, collected_data: { callback_requested: true } } as const;
      expect(due(wanted, 'callback_requested')).toBeNull();
    },
  );

  it('is urgent when the car does not drive, or the stream broke twice', () => {
    const call = { ...book, current_state: 'booking' } as const;
    expect(due(call, 'hung_up')?.urgent).toBe(false);
    expect(due({ ...call, resumes: 1 }, 'hung_up')?.urgent).toBe(false);
    expect(due({ ...call, resumes: 2 }, 'hung_up')?.urgent).toBe(true);
    expect(due({ ...call, collected_data: { urgent: true } }, 'hung_up')?.urgent).toBe(true);
  });

  it('has left word, which stands behind the summary', () => {
    const turn = (role: 'function' | 'user', content: string) => ({
      role,
      content,
      timestamp: begin.created_at,
    });
    const conversation_history = [
      turn('user', 'Message for the shop: not this'),
      turn('function', 'find_open_times: done'),
      turn('function', 'Message for the shop: the brakes squeal.'),
    ];
    const left = due(
      { conversation_history, collected_data: { callback_requested: true } },
      'callback_requested',
    );
    expect(left?.summary).toBe('What it was about. Message: the brakes squeal.');
  });
});

describe('the summary of a call', () => {
  const summary = (change: Partial<Session>, outcome: CallOutcome, isDialled = false) =>
    callSummary({ ...begin, ...change }, end(outcome, isDialled));
  const spoken = [{ role: 'user', content: 'pressed 1', timestamp: begin.created_at }] as const;

  it.each<[string, Partial<Session>, CallOutcome]>([
    ['Said nothing of what was wanted, and hung up without a word.', {}, 'abandoned'],
    [
      'Wanted an appointment (brakes); booked it and heard so, and heard the goodbye.',
      { ...book, collected_data: heard, current_state: 'completed' },
      'booked',
    ],
    [
      'Wanted an appointment (brakes); booked it but did not hear it confirmed, and hung up before it was confirmed.',
      { ...book, collected_data: booked, current_state: 'confirmation', conversation_history: spoken },
      'booked',
    ],
    [
      'Wanted an appointment (oil change), and was cut off while a time was chosen. The car does not drive.',
      {
        ...book,
        collected_data: { service_type: 'oil_change', urgent: true },
        current_state: 'booking',
        conversation_history: spoken,
      },
      'abandoned',
    ],
    [
      'Wanted to move an appointment; moved it and heard so, and hung up at the greeting.',
      {
        intent: 'move_appointment',
        collected_data: { appointment_change: 'moved', appointment_confirmed: true },
        conversation_history: spoken,
      },
      'hung_up',
    ],
    ['Asked about the shop, and the connection broke too often.', { intent: 'shop_info' }, 'failed'],
    [
      'Wanted to talk to a person, and nobody could be dialled.',
      { intent: 'talk_to_person', current_state: 'transferring' },
      'transferred',
    ],
    [
      'Wanted an appointment, and gave no more answer.',
      { ...book, collected_data: { unanswered: true }, current_state: 'completed' },
      'completed',
    ],
  ])('is "%s"', (expected, change, outcome) => {
    expect(summary(change, outcome)).toBe(expected);
  });

  it('says that a person was dialled, and that the shop rings back', () => {
    expect(summary({ intent: 'talk_to_person', current_state: 'transferring' }, 'transferred', true)).toBe(
      'Wanted to talk to a person; a person was rung.',
    );
    expect(summary({ collected_data: { callback_requested: true } }, 'callback_requested')).toBe(
      'Said nothing of what was wanted; was promised a call back.',
    );
  });

  it('has no digits and no words of the caller, whatever was collected', () => {
    const collected_data = {
      ...heard,
      service_type: 'call 555 0123',
      first_name: 'Maria',
      note: 'red Honda',
    };
    const text = summary({ ...book, collected_data, customer_id: 42 }, 'booked');
    expect(text).toBe('Wanted an appointment; booked it and heard so, and hung up without a word.');
  });
});

import { describe, expect, it } from 'vitest';
import { finishedCall } from '../../src/calls/finished-call.js';
import type { Session, Turn } from '../../src/sessions/session.js';
import { newSession } from '../../src/sessions/stored-session.js';
import { callSidOf } from '../support/stream-messages.js';

const begin = newSession({
  callSid: callSidOf(1),
  streamSid: 'MZ1',
  callerPhone: '+15551234567',
  attestation: null,
});
const pressed: Turn = { role: 'user', content: 'pressed 1', timestamp: begin.created_at };
const said: Turn = { role: 'assistant', content: 'welcome', timestamp: begin.created_at };
const at = (ms: number) => ({ now: new Date(Date.parse(begin.created_at) + ms), isOpenAt: () => true });
const outcome = (change: Partial<Session>, why: Parameters<typeof finishedCall>[1]) =>
  finishedCall({ ...begin, conversation_history: [pressed], ...change }, why, at(1)).outcome;

describe('what remains of a call', () => {
  it('is who called, from when to when, what was passed and what was said', () => {
    const session = { ...begin, customer_id: 7, interruptions: 2, conversation_history: [said, pressed] };
    const delays = { ...begin.delays, greeting_ms: 4 };
    const usage = { audio_in: 90, text_in: 1200, cached_in: 1000, audio_out: 300, text_out: 80 };
    const agents = ['realtime', 'keypad'];
    expect(finishedCall({ ...session, delays, agents, usage }, 'hung_up', at(61_500))).toEqual({
      call_sid: callSidOf(1),
      caller_phone: '+15551234567',
      customer_id: 7,
      started_at: begin.created_at,
      ended_at: at(61_500).now.toISOString(),
      duration_ms: 61_500,
      states: [{ name: 'greeting', time: begin.created_at }],
      outcome: 'hung_up',
      interruptions: 2,
      transcript: [said, pressed],
      full_transcript: [said, pressed],
      latency: {
        greeting_ms: 4,
        response_ms: null,
        interruption_ms: null,
        mark_lag_ms: null,
        model_ms: null,
      },
      agent: 'realtime>keypad',
      usage,
      intent: null,
      summary: 'Said nothing of what was wanted, and hung up at the greeting.',
      path: 'greeting',
      after_hours: false,
      test: false,
      dial_status: null,
      confirmed_appointment: null,
      callback: null,
    });
  });

  it('is what the caller wanted, by which states it went, and whether the shop was open when it began', () => {
    const states = (['greeting', 'collecting_info', 'greeting'] as const).map((name) => ({
      name,
      time: begin.created_at,
    }));
    const asked: Date[] = [];
    const isOpenAt = (date: Date) => {
      asked.push(date);
      return false;
    };
    const session: Session = { ...begin, states, intent: 'shop_info' };
    expect(finishedCall(session, 'hung_up', { ...at(9000), isOpenAt })).toMatchObject({
      intent: 'shop_info',
      path: 'greeting>collecting_info>greeting',
      after_hours: true,
    });
    expect(asked).toEqual([new Date(begin.created_at)]);
  });

  it('names the appointment that the caller has heard of to the end', () => {
    const confirmed = (collected_data: Session['collected_data']) =>
      finishedCall({ ...begin, collected_data }, 'hung_up', at(0)).confirmed_appointment;
    expect(confirmed({ appointment_id: 7 })).toBeNull();
    expect(confirmed({ appointment_id: 7, appointment_confirmed: true })).toBe(7);
    expect(confirmed({ appointment_id: 7, appointment_confirmed: true, confirmed_id: 5 })).toBe(5);
  });

  it('has no full transcript when nothing was said', () => {
    expect(finishedCall(begin, 'hung_up', at(0)).full_transcript).toBeNull();
  });

  it('has in the full transcript what was not heard, where it was said, and what was heard in part whole', () => {
    const timestamp = begin.created_at;
    const cut = (at: number, partly_heard: boolean, content: string) => ({
      at,
      partly_heard,
      content,
      timestamp,
    });
    const heard: Turn = { role: 'assistant', content: 'we have', timestamp, interrupted: true };
    const session = {
      ...begin,
      conversation_history: [said, pressed, heard, pressed],
      unheard: [
        cut(2, false, 'one'),
        cut(2, false, 'two'),
        cut(2, true, 'we have time'),
        cut(4, false, 'bye'),
      ],
    };
    const contents = finishedCall(session, 'hung_up', at(0)).full_transcript?.map(({ content }) => content);
    expect(contents).toEqual(['welcome', 'pressed 1', 'one', 'two', 'we have time', 'pressed 1', 'bye']);
  });

  it('has no turn of the caller replaced by what was not heard, though others have changed the history', () => {
    const timestamp = begin.created_at;
    const heard: Turn = { role: 'assistant', content: 'we have', timestamp: at(500).now.toISOString() };
    const cut = { at: 1, partly_heard: true, content: 'we have time', timestamp: heard.timestamp };
    const contents = (conversation_history: readonly Turn[]) =>
      finishedCall({ ...begin, conversation_history, unheard: [cut] }, 'hung_up', at(0)).full_transcript?.map(
        ({ content }) => content,
      );
    const added: Turn = { role: 'function', content: 'noted', timestamp };
    expect(contents([said, added, heard])).toEqual(['welcome', 'noted', 'we have time']);
    expect(contents([said, pressed])).toEqual(['welcome', 'we have time', 'pressed 1']);
  });

  it('never lasts less than nothing, though clocks differ between gateways', () => {
    expect(finishedCall(begin, 'hung_up', at(-5000)).duration_ms).toBe(0);
  });

  it('is booked when an appointment was made, however it ended', () => {
    const collected_data = { appointment_id: 12 };
    expect(outcome({ collected_data }, 'hung_up')).toBe('booked');
    expect(outcome({ collected_data, current_state: 'transferring' }, 'failed')).toBe('booked');
  });

  it('is a call-back that is owed when one was promised and nothing booked', () => {
    const collected_data = { callback_requested: true } as const;
    expect(outcome({ collected_data, current_state: 'completed' }, 'completed')).toBe('callback_requested');
    expect(outcome({ collected_data: { ...collected_data, appointment_id: 3 } }, 'hung_up')).toBe('booked');
  });

  it('is what the state says before what the line says', () => {
    expect(outcome({ current_state: 'transferring' }, 'hung_up')).toBe('transferred');
    expect(outcome({ current_state: 'completed' }, 'abandoned')).toBe('completed');
    expect(outcome({ current_state: 'booking' }, 'failed')).toBe('failed');
  });

  it('is hung up when the caller had said something, abandoned when not', () => {
    expect(outcome({}, 'hung_up')).toBe('hung_up');
    expect(outcome({ conversation_history: [said] }, 'hung_up')).toBe('abandoned');
  });
});

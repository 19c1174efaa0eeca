import { expect, vi } from 'vitest';
import type { Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { FinishedCall } from '../../src/call-log/finished-call.js';
import type { Session } from '../../src/sessions/session.js';
import type { TalkingGateway } from './talking-gateway.js';

/** A conversation with a barge-in, two functions and a booking, as short as it can be. */
export const SPOKEN_BOOKING: Script = {
  rules: [
    {
      when: { hears: 'tuesday' },
      do: [{ call: 'find_open_times', arguments: { service: 'oil_change', day: 'Tuesday' } }],
    },
    {
      when: { hears: 'oil change' },
      do: [{ say: 'Gladly. We could do it on Monday or on any other day of the week, as you like.' }],
    },
    {
      when: { output: 'find_open_times' },
      capture: { slot: String.raw`/\b(s\d+) = /`, time: String.raw`/\bs\d+ = (.+?)(;|\. )/` },
      do: [{ say: 'I have $time. Shall I book it?' }],
    },
    {
      when: { hears: 'yes' },
      do: [{ call: 'book_appointment', arguments: { slot: '$slot', confirmed: true } }],
    },
    {
      when: { output: 'book_appointment', says: 'BOOKED' },
      capture: { words: '/"(.+?)"/' },
      do: [{ say: '$words Goodbye.' }, { call: 'end_call' }],
    },
  ],
};

export interface SpokenBooking {
  readonly call: TwilioCall;
  /** The session at the moment at which the appointment stood in it. */
  readonly session: Session;
  readonly log: FinishedCall;
  readonly appointments: readonly Record<string, unknown>[];
}

/** A customer rings a gateway whose model has the {@link SPOKEN_BOOKING}. Settles when the call is recorded. */
export async function bookBySpeech(
  gateway: TalkingGateway,
  from: string,
  readSession: (callSid: string) => Promise<Session | null | undefined>,
): Promise<SpokenBooking> {
  const call = gateway.twilio.call({ from });
  const booked = vi.waitFor(
    async () => {
      const session = await readSession(call.callSid);
      expect(session?.collected_data.appointment_id).toBeTypeOf('number');
      return session as Session;
    },
    { timeout: 120_000, interval: 100 },
  );
  await Promise.all([
    booked,
    gateway.takeSteps(call, [
      { kind: 'say', words: 'Hi, I need an oil change' },
      { kind: 'interrupt', words: 'No, Tuesday please' },
      { kind: 'say', words: 'Yes please' },
    ]),
  ]);
  await call.untilEnded();
  const log = await vi.waitFor(async () => {
    const record = await gateway.get<FinishedCall>(`/api/calls/${call.callSid}`);
    expect(record.outcome).toBe('booked');
    return record;
  });
  const { appointments } = await gateway.get<{ appointments: Record<string, unknown>[] }>(
    '/api/appointments?from=2020-01-01&limit=200',
  );
  return { call, session: await booked, log, appointments };
}

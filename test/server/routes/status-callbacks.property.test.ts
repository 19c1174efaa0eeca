import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TwilioCall } from '../../../packages/twilio-simulator/src/twilio-call.js';
import { runs } from '../../support/property-runs.js';
import { newCallSid, postSigned, voiceForm } from '../../support/signed-request.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({}, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'failed',
  'busy',
  'no-answer',
  'canceled',
];
const FINAL = CALL_STATUSES.slice(3);
const STREAM_EVENTS = ['stream-started', 'stream-stopped', 'stream-error'];

const callbacks = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...CALL_STATUSES) },
    { weight: 2, arbitrary: fc.constantFrom(...STREAM_EVENTS) },
  ),
  { minLength: 1, maxLength: 6 },
);

function tell(callSid: string, what: string) {
  const form = voiceForm({ CallSid: callSid });
  return STREAM_EVENTS.includes(what)
    ? postSigned(house, '/twilio/stream-status', { ...form, StreamSid: 'MZ1', StreamEvent: what })
    : postSigned(house, '/twilio/call-status', { ...form, CallStatus: what });
}

/** A call whose stream is open, or which was told to hang up. */
async function place(callSid: string): Promise<TwilioCall> {
  const call = house.twilio.call({ callSid, keepAudio: false });
  await Promise.race([call.untilSpeaking().catch(() => undefined), call.untilEnded()]);
  return call;
}

async function rowsOf(callSid: string): Promise<number> {
  const { calls } = await house.get<{ calls: { call_sid: string }[] }>('/api/calls');
  return calls.filter(({ call_sid }) => call_sid === callSid).length;
}

describe("Twilio's callbacks", () => {
  test('come twice, out of order, before the call and after its end, and the call ends once', {
    timeout: 180_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(callbacks, callbacks, fc.boolean(), async (before, during, twice) => {
        const callSid = newCallSid();
        const deliver = async (what: string) => {
          for (let times = twice ? 2 : 1; times > 0; times -= 1) await tell(callSid, what).expect(204);
        };
        for (const what of before) await deliver(what);
        const call = await place(callSid);
        let isOver = before.some((what) => FINAL.includes(what));
        const rows = isOver ? 0 : 1;
        expect((await house.live(callSid)) === undefined).toBe(isOver);
        for (const what of during) {
          await deliver(what);
          isOver ||= FINAL.includes(what);
          expect((await house.live(callSid)) === undefined).toBe(isOver);
        }
        await call.hangUp();
        for (const what of [...during, 'completed', ...before]) await deliver(what);
        await vi.waitFor(async () => expect(await rowsOf(callSid)).toBe(rows));
        expect(await house.live(callSid)).toBeUndefined();
        const replayed = await postSigned(house, '/twilio/voice', voiceForm({ CallSid: callSid }));
        expect(replayed.text).toContain('<Response><Hangup/></Response>');
        expect(call.record.protocolErrors).toEqual([]);
      }),
      { numRuns: runs(25) },
    );
  });
});

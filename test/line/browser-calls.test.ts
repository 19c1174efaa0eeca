import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BROWSER_CALL_MS } from '../../src/line/browser-calls.js';
import { readTwiml } from '../../src/twilio/twiml.js';
import { FakeStream, nobodyToDial, PhoneHouse, settle, tokenOf } from '../support/phone-house.js';

const CALLER = { from: '+15551234567', attestation: 'TN-Validation-Passed-A' };
let streams = 0;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Opens the stream as the page does. */
function openStream({ line }: PhoneHouse, callSid: string, twiml: string): FakeStream {
  const claims = line.invitations.redeem(tokenOf(twiml));
  if (typeof claims === 'string') throw new Error(`The stream was refused: ${claims}`);
  streams += 1;
  const stream = new FakeStream(streams, callSid);
  line.accept(stream.socket, claims);
  return stream.start();
}

async function begun(house: PhoneHouse) {
  const call = await house.line.browserCalls.begin(CALLER);
  if (call.status !== 'begun') throw new Error(`The call is not begun: ${call.status}`);
  return { callSid: call.callSid, stream: openStream(house, call.callSid, call.twiml) };
}

it('is a test in session and call log, is no call-back, and takes no place of a caller', async () => {
  const house = new PhoneHouse({ maxCalls: 1, shopOf: nobodyToDial });
  const { callSid, stream } = await begun(house);
  await settle();
  expect(await house.memory.getSession(callSid)).toMatchObject({ test: true, caller_phone: CALLER.from });
  expect(await house.voice(1)).toContain('<Stream');
  expect(await house.voice(2)).not.toContain('<Stream');
  house.agent.control.session.change({ intent: 'book_appointment' });
  stream.press('1');
  stream.stop();
  await settle();
  expect(house.recorded.filter(({ call_sid }) => call_sid === callSid)).toMatchObject([
    { call_sid: callSid, test: true, outcome: 'hung_up', callback: null },
  ]);
  const figures = await house.metrics.text();
  expect(figures).toContain('bayline_calls_total{outcome="hung_up",via="browser"} 1');
  expect(figures).toContain('bayline_call_duration_seconds_count{via="browser"} 1');
});

it('is one of two at once, and the next one begins when one has ended', async () => {
  const house = new PhoneHouse();
  const { stream } = await begun(house);
  await begun(house);
  expect(await house.line.browserCalls.begin(CALLER)).toEqual({ status: 'full' });
  stream.stop();
  await settle();
  expect(await house.line.browserCalls.begin(CALLER)).toMatchObject({ status: 'begun' });
  expect(await house.line.browserCalls.begin(CALLER)).toEqual({ status: 'full' });
  // A page that was closed before it opened its stream does not keep the others waiting.
  await settle(15_000);
  expect(await house.line.browserCalls.begin(CALLER)).toMatchObject({ status: 'begun' });
});

it('ends with a sentence after ten minutes', async () => {
  const house = new PhoneHouse({ stream: PATIENT });
  const { callSid, stream } = await begun(house);
  await settle(BROWSER_CALL_MS - 1);
  expect(stream.socket.closes).toEqual([]);
  await settle(1000);
  expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
  const next = await house.line.browserCalls.next(callSid, 0);
  expect(readTwiml(next ?? '')).toMatchObject({
    action: 'hangup',
    said: expect.stringContaining('ten minutes'),
  });
  expect(house.recorded).toMatchObject([
    { test: true, summary: expect.stringContaining('its time was over') },
  ]);
});

/** Nothing of a stream ends it but the call's own time. */
const PATIENT = { startTimeoutMs: 5000, idleTimeoutMs: 2 * BROWSER_CALL_MS };

it('has its ten minutes from its first stream on, also when another gateway goes on with it', async () => {
  const one = new PhoneHouse({ stream: PATIENT });
  const { callSid, stream } = await begun(one);
  await settle(BROWSER_CALL_MS - 60_000);
  stream.socket.lose();
  await settle();
  const again = (await one.line.browserCalls.next(callSid, 0)) ?? '';
  const other = new PhoneHouse({ stream: PATIENT }, one);
  const { socket } = openStream(other, callSid, again);
  await settle(59_000);
  expect(socket.closes).toEqual([]);
  await settle(1_500);
  expect(socket.closes).toMatchObject([{ code: 1000 }]);
  const next = (await other.line.browserCalls.next(callSid, 1)) ?? '';
  expect(readTwiml(next)).toMatchObject({ action: 'hangup', said: expect.stringContaining('ten minutes') });
});

it('ends soon after its next stream when its time was over while it had none', async () => {
  const house = new PhoneHouse({ stream: PATIENT });
  const { callSid, stream } = await begun(house);
  await settle(BROWSER_CALL_MS - 1_000);
  stream.socket.lose();
  await settle();
  const again = (await house.line.browserCalls.next(callSid, 0)) ?? '';
  await settle(2_000);
  const { socket } = openStream(house, callSid, again);
  await settle(1_000);
  expect(socket.closes).toMatchObject([{ code: 1000 }]);
});

it('gets its stream again when it broke, as a browser’s, and what a call of the telephone would be told', async () => {
  const house = new PhoneHouse();
  const { callSid, stream } = await begun(house);
  stream.socket.lose();
  await settle();
  const again = (await house.line.browserCalls.next(callSid, 0)) ?? '';
  expect(house.line.invitations.read(tokenOf(again))).toMatchObject({ via: 'browser', hop: 1 });
  openStream(house, callSid, again);
  await settle();
  house.agent.control.transfer();
  await settle();
  const next = (await house.line.browserCalls.next(callSid, null)) ?? '';
  expect(readTwiml(next)).toMatchObject({ action: 'dial', number: '+15125550100' });
  expect(await house.line.browserCalls.next(callSid, null)).toBe(next);
  expect(house.recorded).toMatchObject([{ outcome: 'transferred', test: true, callback: null }]);
});

it('tells nothing of a call that no browser has begun', async () => {
  const house = new PhoneHouse();
  await house.call(1);
  await settle();
  expect(await house.line.browserCalls.next(house.form(1).callSid, 0)).toBeNull();
  expect(await house.line.browserCalls.next(house.form(2).callSid, 0)).toBeNull();
  expect(house.line.registry.liveCount).toBe(1);
});

it('does not begin while the gateway drains', async () => {
  const house = new PhoneHouse();
  void house.line.drain();
  expect(await house.line.browserCalls.begin(CALLER)).toEqual({ status: 'draining' });
});

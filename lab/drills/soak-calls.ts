import { setTimeout as pause } from 'node:timers/promises';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { RawCaller, type RawLine } from './raw-caller.js';

/** What callers ring with. */
export interface SoakLine {
  readonly twilio: TwilioSimulator;
  readonly raw: RawLine;
}

/** One call from its first ring to its end; gives the delay of its greeting (ms), null where nobody waited for it. */
export type OddCall = (line: SoakLine, from: string) => Promise<number | null>;

const MALFORMED = 21;
const SPEECH_MS = 300;

const ring = ({ twilio }: SoakLine, from: string) => twilio.call({ from, keepAudio: false });
const delayOf = ({ record }: TwilioCall) => record.firstAudioDelayMs;

function mustEnd({ outcome }: CallRecord, kind: string): void {
  if (outcome?.kind !== kind) throw new Error(`it ended with ${JSON.stringify(outcome)}`);
}

function mustClose(code: number, expected: number): void {
  if (code !== expected) throw new Error(`the stream was closed with ${code}, not ${expected}`);
}

/** The agent speaks anew; false when the call has ended. */
async function speaksAnew(call: TwilioCall): Promise<boolean> {
  const before = new Set(call.record.events);
  const spoke = call.untilEvent(
    'the agent speaks',
    (event) => event.kind === 'agent-speaks' && !before.has(event),
  );
  return spoke.then(
    () => true,
    () => (call.state === 'ended' ? false : Promise.reject(new Error('the agent said nothing more'))),
  );
}

/** The ways that calls end, all but the first of them odd. */
export const WAYS: Readonly<Record<string, OddCall>> = {
  'books by keys, the agent says goodbye': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    do {
      if (call.state === 'streaming') call.press('1');
    } while (await speaksAnew(call));
    mustEnd(await call.untilEnded(), 'hangup');
    return delayOf(call);
  },
  'hangs up while the agent speaks': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    await pause(Math.random() * SPEECH_MS);
    await call.hangUp();
    return delayOf(call);
  },
  'hangs up before the greeting': async (line, from) => {
    const call = ring(line, from);
    await call.untilState('streaming');
    await call.hangUp();
    return null;
  },
  'hangs up while it rings': async (line, from) => {
    const call = ring(line, from);
    await pause(Math.random() * 5);
    await call.hangUp();
    return null;
  },
  'no stop: the socket breaks, then the final status': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    call.dropSocket();
    await call.hangUp();
    return delayOf(call);
  },
  'the socket breaks and nothing follows': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    await call.vanish();
    return delayOf(call);
  },
  'the socket breaks, the call goes on, then hangs up': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    call.dropSocket();
    if (!(await speaksAnew(call))) throw new Error('it was not resumed');
    await call.hangUp();
    return delayOf(call);
  },
  'wants a person': async (line, from) => {
    const call = ring(line, from);
    await call.untilSpeaking();
    call.press('0');
    mustEnd(await call.untilEnded(), 'dial');
    return delayOf(call);
  },
  'the stream is reset, then the final status': async ({ raw }, from) => {
    const caller = new RawCaller(raw, from);
    const stream = await caller.open();
    await stream.untilHeard();
    stream.reset();
    await caller.isOver();
    return null;
  },
  'a second stream takes over and hangs up': async ({ raw }, from) => {
    const caller = new RawCaller(raw, from);
    const first = await caller.open();
    await first.untilHeard();
    const second = await caller.open('/twilio/voice/next');
    mustClose(await first.untilClosed(), 1001);
    second.send(second.messages.stop());
    mustClose(await second.untilClosed(), 1000);
    await caller.isOver();
    return null;
  },
  'malformed messages, closed with 1008': async ({ raw }, from) => {
    const caller = new RawCaller(raw, from);
    const stream = await caller.open();
    for (let n = 0; n < MALFORMED; n++) stream.send('{"event":"media","media":{}}');
    mustClose(await stream.untilClosed(), 1008);
    await caller.isOver();
    return null;
  },
  'a message too large, closed with 1009': async ({ raw }, from) => {
    const caller = new RawCaller(raw, from);
    const stream = await caller.open();
    stream.send('x'.repeat(65 * 1024));
    mustClose(await stream.untilClosed(), 1009);
    await caller.isOver('failed');
    return null;
  },
  'falls silent with its connection open': async ({ raw }, from) => {
    const caller = new RawCaller(raw, from);
    const stream = await caller.open();
    stream.fallSilent();
    mustClose(await stream.untilClosed(), 1006);
    return null;
  },
};

/** A call that nobody attests, over before its stream has come. */
export async function ringAndLeave({ raw }: SoakLine, from: string): Promise<void> {
  const caller = new RawCaller(raw, from);
  await caller.ask('/twilio/voice', { CallStatus: 'ringing' });
  await caller.ask('/twilio/voice/next', { CallStatus: 'completed' });
}

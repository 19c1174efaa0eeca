import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { encode } from '../src/audio/mulaw.js';
import { readWav } from '../src/audio/wav.js';
import type { TwilioCall } from '../src/simulator/twilio-call.js';
import type { TwilioSimulator } from '../src/simulator/twilio-simulator.js';
import type { TcpProxy } from '../test/support/tcp-proxy.js';
import { RawCall } from './raw-call.js';

/** Where a scenario calls. */
export interface Stage {
  readonly url: string;
  readonly publicUrl: string;
  readonly twilio: TwilioSimulator;
  /** The same gateway behind a network of its own. */
  readonly farTwilio: TwilioSimulator;
  readonly network: TcpProxy;
}

/** Plays one call and gives its CallSid; it settles when the call is over. */
export type Scenario = (stage: Stage) => Promise<string>;

const UNKNOWN = '+15125550177';
const MARIA = '+15125550100';
/** The longest prompt takes 20 s. */
const PATIENT = { patienceMs: 60_000 };

/** Every fixture, by the name of its file. Each is one call, as short as what it shows allows. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  booking: ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      for (const key of ['1', '1', '2', '1']) await answer(call, key);
      await call.untilEnded();
    }),

  'known-customer': ({ twilio }) =>
    play(twilio.call({ from: MARIA, ...PATIENT }), async (call) => {
      await call.untilSpeaking();
      await pause(6000);
      call.press('2');
      await call.untilSpoken();
      await call.hangUp();
    }),

  'known-customer-books': ({ twilio }) =>
    play(twilio.call({ from: MARIA, ...PATIENT }), async (call) => {
      for (const [afterMs, key] of [
        [5000, '1'],
        [2500, '2'],
        [3000, '2'],
        [6500, '1'],
      ] as const)
        await pressWithin(call, key, afterMs);
      await answer(call, '1');
      await call.untilEnded();
    }),

  'proves-who-calls': ({ twilio }) =>
    play(twilio.call({ from: MARIA, stir: 'B', ...PATIENT }), async (call) => {
      await pressWithin(call, '2', 1500);
      await call.untilSpeaking();
      await pause(3000);
      // The end of a VIN of hers.
      for (const digit of ['0', '1', '2', '3']) {
        call.press(digit);
        await pause(350);
      }
      await pause(4000);
      await call.hangUp();
    }),

  'voice-interrupts': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await call.untilSpeaking();
      await pause(3000);
      call.setVoice(await clip('sp_a_male_command.wav', 1300, 3100));
      await call.untilEvent('the agent is cut off', ({ kind }) => kind === 'clear');
      await pressWithin(call, '3', 5000);
      await pause(1500);
      await call.hangUp();
    }),

  'key-interrupts': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await pressWithin(call, '1', 2200);
      await pressWithin(call, '3', 1700);
      await pause(1500);
      await call.hangUp();
    }),

  'wrong-keys': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      for (const key of ['9', '#', '7']) await pressWithin(call, key, 1500);
      await pressWithin(call, '1', 2000);
      await pause(1200);
      await call.hangUp();
    }),

  'no-answer': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, sendSilence: false, ...PATIENT }), async (call) => {
      await pressWithin(call, '1', 1000);
      await call.untilSpoken();
      await call.untilSpeaking();
      call.setVoice(await clip('sp_d_female_russian_short.wav', 0, 1500));
      await pause(3000);
      await call.hangUp();
    }),

  'no-stop': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await pressWithin(call, '1', 1200);
      await pause(1500);
      await call.vanish();
    }),

  reconnect: ({ twilio }) =>
    play(twilio.call({ from: MARIA, ...PATIENT }), async (call) => {
      await pressWithin(call, '1', 1500);
      await pause(2000);
      call.dropSocket();
      await pressWithin(call, '1', 4500);
      await pause(1000);
      await call.hangUp();
    }),

  'two-streams': async ({ url, publicUrl }) => {
    const call = new RawCall(url, publicUrl, UNKNOWN);
    const first = await call.stream('/twilio/voice');
    await pause(1500);
    first.send(first.messages.dtmf('1'));
    await pause(1500);
    const second = await call.stream('/twilio/voice/next');
    await first.closed;
    await pause(2500);
    await second.stop();
    return call.identity.callSid;
  },

  'late-marks': async ({ farTwilio, network }) =>
    play(farTwilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await pressWithin(call, '3', 1500);
      network.setWeather({ latencyMs: 700 });
      await call.untilSpoken();
      network.hold('toServer');
      await pause(2600);
      network.release('toServer');
      await pause(2500);
      await call.hangUp();
    }),

  'tones-in-band': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await call.untilSpeaking();
      await pause(1500);
      call.setVoice(await clip('nz_c_dtmf.wav', 0, 2500));
      await pause(3500);
      await call.hangUp();
    }),

  'hang-up-in-a-word': ({ twilio }) =>
    play(twilio.call({ from: UNKNOWN, ...PATIENT }), async (call) => {
      await call.untilSpeaking();
      await pause(1730);
      await call.hangUp();
    }),

  'a-person': ({ twilio }) =>
    play(twilio.call({ from: 'anonymous', stir: null, ...PATIENT }), async (call) => {
      await pressWithin(call, '0', 1500);
      await call.untilEnded();
    }),

  malformed: async ({ url, publicUrl }) => {
    const call = new RawCall(url, publicUrl, UNKNOWN);
    const stream = await call.stream('/twilio/voice');
    const { messages } = stream;
    const odd = [
      'no JSON at all',
      '[1, 2, 3]',
      '{"event":"media","sequenceNumber":"3"}',
      messages.media(400, 'no base64!'),
      messages.media(420, '/////w==').replace('"timestamp":"420"', '"timestamp":"soon"'),
      messages.dtmf('1').replace('"digit":"1"', '"digit":"11"'),
      messages.dtmf('1').replace(/"streamSid":"MZ./, '"streamSid":"MZf'),
      messages.mark('never-sent'),
      messages.start({}),
      '{"event":"video","frames":[]}',
      `{"deep":${'['.repeat(50)}${']'.repeat(50)}}`,
    ];
    for (const text of odd) {
      await pause(150);
      stream.send(text);
    }
    stream.send(messages.dtmf('1'));
    await pause(1500);
    await stream.stop();
    return call.identity.callSid;
  },
};

async function play(call: TwilioCall, act: (call: TwilioCall) => Promise<void>): Promise<string> {
  await act(call);
  await call.untilEnded();
  return call.callSid;
}

/** Presses a key when the agent has finished. */
async function answer(call: TwilioCall, key: string): Promise<void> {
  await call.untilSpoken();
  call.press(key);
}

/** Presses a key so long after the agent has begun to speak. */
async function pressWithin(call: TwilioCall, key: string, afterMs: number): Promise<void> {
  await call.untilSpeaking();
  await pause(afterMs);
  call.press(key);
}

/** Part of a clip of `fixtures/audio`, as mu-law. */
async function clip(file: string, fromMs: number, toMs: number): Promise<Buffer> {
  const { channels } = readWav(await readFile(new URL(`../fixtures/audio/${file}`, import.meta.url)));
  return encode((channels[0] ?? new Int16Array()).subarray(fromMs * 8, toMs * 8));
}

import { expect, onTestFinished, vi } from 'vitest';
import {
  TwilioSimulator,
  type TwilioSimulatorOptions,
} from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { ManualTicker } from './manual-ticker.js';
import { HANGUP, type Script, ScriptedGateway, streamTwiml } from './scripted-gateway.js';

const streamThenHangUp: Script['twiml'] = ({ path }, url) =>
  path === '/twilio/voice' ? streamTwiml(url) : HANGUP;

/** A scripted gateway and a Twilio that calls it, both closed when the test is over (`whenFinished`: of one that runs beside others). */
export async function setUpSimulator(
  script: Partial<Script> = {},
  options: Partial<TwilioSimulatorOptions> = {},
  whenFinished: (end: () => Promise<void>) => void = onTestFinished,
) {
  const gateway = new ScriptedGateway({ twiml: streamThenHangUp, ...script });
  const gatewayUrl = await gateway.listen();
  const twilio = new TwilioSimulator({ gatewayUrl, ...options });
  whenFinished(async () => {
    await twilio.close();
    await gateway.close();
  });
  return { gateway, twilio };
}

/** A call on a clock that stands still: the stream is open, its `start` has been sent. */
export async function setUpStartedCall(script: Partial<Script> = {}) {
  const ticker = new ManualTicker();
  const { gateway, twilio } = await setUpSimulator(script, { ticker });
  const call = twilio.call();
  await arrived(() => expect(gateway.messages.map((message) => message.event)).toEqual(['connected']));
  ticker.advance(20);
  await call.untilState('streaming');
  return { gateway, call, ticker };
}

/** Settles when the check passes; for what the network brings. */
export function arrived(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { interval: 2 });
}

export const media = (streamSid: string, audio: Buffer) =>
  JSON.stringify({ event: 'media', streamSid, media: { payload: audio.toString('base64') } });
export const mark = (streamSid: string, name: string) =>
  JSON.stringify({ event: 'mark', streamSid, mark: { name } });
export const clear = (streamSid: string) => JSON.stringify({ event: 'clear', streamSid });

import { describe, expect, it } from 'vitest';
import type { Opening } from '../../../packages/twilio-simulator/src/conformance/stream-target.js';
import { GatewayAddress } from '../../../packages/twilio-simulator/src/gateway-address.js';
import { parseLintOptions } from '../../../packages/twilio-simulator/src/lint/lint-options.js';
import { lintSpeech } from '../../../packages/twilio-simulator/src/lint/lint-speech.js';
import { createTarget } from '../../../packages/twilio-simulator/src/lint/lint-target.js';
import { WebhookClient } from '../../../packages/twilio-simulator/src/webhook-client.js';
import { decode } from '../../../src/audio/mulaw.js';

const CALL = { accountSid: 'AC', callSid: 'CA', from: '+15555550123', to: '+15555550100', stir: null };

async function openingFor(...args: string[]): Promise<Opening | undefined> {
  const command = parseLintOptions(args, {});
  if (!command) throw new Error('This asks for help');
  const openings: Opening[] = [];
  await createTarget(command).call(CALL, async (opening) => {
    openings.push(opening);
    return { end: { how: 'stopped', error: null, detail: '' }, byCaller: true };
  });
  return openings[0];
}

const signed = (url: string) => new WebhookClient(new GatewayAddress('http://x'), 'token').signUpgrade(url);

describe('createTarget with --url', () => {
  it('opens the stream as it is, with headers and parameters, unsigned without a token', async () => {
    const opening = await openingFor(
      '--url',
      'ws://127.0.0.1:9/a/t',
      '--header',
      'X-A: b',
      '--param',
      'lang=en',
    );
    expect(opening).toMatchObject({ headers: { 'X-A': 'b' }, parameters: { lang: 'en' } });
    expect(opening?.url.href).toBe('ws://127.0.0.1:9/a/t');
    expect(opening?.headers).not.toHaveProperty('X-Twilio-Signature');
  });

  it('signs the address, or what Twilio would be told', async () => {
    const plain = await openingFor('--url', 'ws://127.0.0.1:9/a', '--auth-token', 'token');
    expect(plain?.headers['X-Twilio-Signature']).toBe(signed('ws://127.0.0.1:9/a'));
    const known = ['--public-url', 'https://voice.example.com'];
    const mapped = await openingFor('--url', 'ws://127.0.0.1:9/a', '--auth-token', 'token', ...known);
    expect(mapped?.headers['X-Twilio-Signature']).toBe(signed('wss://voice.example.com/a'));
  });

  it('lets a header of one’s own stand in for the signature', async () => {
    const own = ['--auth-token', 'token', '--header', 'X-Twilio-Signature: mine'];
    expect((await openingFor('--url', 'ws://127.0.0.1:9/a', ...own))?.headers).toEqual({
      'X-Twilio-Signature': 'mine',
    });
  });
});

describe('lintSpeech', () => {
  it('begins with the first word of its clip', () => {
    const speech = lintSpeech(null);
    expect(decode(speech.subarray(0, 160)).some((sample) => Math.abs(sample) >= 1000)).toBe(true);
    expect(speech.length).toBeGreaterThan(8000);
  });

  it('says what is wrong with a file', () => {
    expect(() => lintSpeech('/none.wav')).toThrow('/none.wav cannot be used');
  });
});
